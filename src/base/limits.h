/* Every limit of the program, with its reason. A limit that was reached is
 * named in the verdict; nothing is cut in silence. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define LIMIT_SIP_BYTES     (64u * 1024)   /* one SIP message */
#define LIMIT_SIP_HEADERS   128u           /* header fields of one message */
#define LIMIT_SIP_DEFECTS   32u            /* defects kept per message */
#define LIMIT_HTTP_HEAD     (32u * 1024)   /* start line and header fields */
#define LIMIT_HTTP_BODY     (1024u * 1024)
#define LIMIT_WS_MESSAGE    (64u * 1024)   /* one WebSocket message */
#define LIMIT_IMPUS         16u            /* IMPUs of one subscription */
#define LIMIT_TRACE_LINE    (4u * 1024 * 1024) /* one event: an HTTP body, escaped */
#define LIMIT_TRACE_HEAD    (32u * 1024 * 1024) /* a header with a whole pool */
#define LIMIT_STREAM_BUFFER (256u * 1024)  /* unread bytes of one stream */
#define LIMIT_STREAMS_TOTAL (256u * 1024 * 1024) /* ... of all streams of captures together */
#define LIMIT_LINK_QUEUE    (4u * 1024 * 1024) /* bytes a slow peer leaves waiting */
#define LIMIT_LINKS         512u           /* links open at once of one listener */
#define LIMIT_CASE_EVENTS   20000u         /* events of one case; the busiest has 200 */
#define LIMIT_CASE_BYTES    (16u * 1024 * 1024) /* ... and their bytes */
#define LIMIT_WAIT_US       (60ll * 1000 * 1000) /* longest wait of a purpose */

#endif
