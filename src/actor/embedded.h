/* The embedded profile: ixit.yaml and ics.yaml of the reference as C strings,
 * for profile_ixit_text and profile_ics_text. No end points in it: the bench
 * takes ports from the kernel. L is 3 s, tolerance 250 ms. */
#ifndef ACTOR_EMBEDDED_H
#define ACTOR_EMBEDDED_H

extern const char embedded_ixit[];
extern const char embedded_ics[];

/* The secret that signs tokens where a profile names no token.key_file. The
 * bench puts it into profile.token.key, so that judging knows it too. */
extern const char embedded_token_key[];

#endif
