#!/usr/bin/python3
"""Writes the SIP torture messages, one a file, beside this script.

They follow RFC 4475 message by message: its 49 names and what each of them
is there to test. None is byte-exact: hosts, values and bodies are our own, the
oddity under test is the RFC's. What is expected of each: ../sip_torture.c.
"""
import os

HERE = os.path.dirname(os.path.abspath(__file__))
SDP = (b"v=0\r\no=wic 29739 7272939 IN IP4 192.0.2.155\r\ns=-\r\n"
       b"c=IN IP4 192.0.2.155\r\nt=0 0\r\nm=audio 49210 RTP/AVP 0\r\n")


def message(head, body=b"", length=b"Content-Length: %d\n"):
    """head: lines ended by LF; @LENGTH@ or the last line is Content-Length."""
    if isinstance(head, str):
        head = head.encode()
    if length:
        line = length % len(body) if b"%d" in length else length
        if b"@LENGTH@\n" in head:
            head = head.replace(b"@LENGTH@\n", line)
        else:
            head += line
    return (head + b"\n").replace(b"\n", b"\r\n") + body


def request(method, uri, name, cseq="7 ", to="<sip:bob@example.com>",
            sender="<sip:alice@example.net>;tag=88a7s", forwards="70",
            more="", via="SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK%s",
            cseq_method=None, version="SIP/2.0", **kw):
    head = "%s %s %s\n" % (method, uri, version)
    head += "Via: %s\n" % (via % name if "%s" in via else via)
    head += "Max-Forwards: %s\nTo: %s\nFrom: %s\n" % (forwards, to, sender)
    head += "Call-ID: %s.0ha0isndaksdj\n" % name
    head += "CSeq: %s%s\n" % (cseq, cseq_method or method)
    return message(head + more, **kw)


def response(line, name, cseq="3 INVITE", via=None, more=""):
    via = via or "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK%s\n" % name
    return message("%s\n%sFrom: <sip:alice@example.net>;tag=3434\n"
                   "To: <sip:bob@example.com>;tag=2229\n"
                   "Call-ID: %s.asdnfbjsd\nCSeq: %s\n%s"
                   % (line, via, name, cseq, more))


def invite(uri, name, **kw):
    kw.setdefault("more", "")
    kw["more"] += "Contact: <sip:alice@host5.example.net>\n"
    kw["more"] += "Content-Type: application/sdp\n"
    kw.setdefault("body", SDP)
    return request("INVITE", uri, name, **kw)


def wsinv():
    return message(
        "INVITE sip:bob@biloxi.example.com;unknownparam SIP/2.0\n"
        "TO :\n sip:bob@biloxi.example.com ;   tag    = 1918n\n"
        "from   : \"A Liddell \\\\\\\"\"       <sip:alice@example.com>\n"
        "  ;\n  tag = 98asjd8\nMaX-fOrWaRdS: 0068\n"
        "Call-ID: wsinv.ndaks@192.0.2.1\n@LENGTH@\n"
        "cseq: 0009\n  INVITE\n"
        "Via  : SIP  /   2.0\n /UDP\n    192.0.2.2;rport;branch=390skdj\n"
        "s :\nNewFangledHeader:   newfangled value\n continued value\n"
        "UnknownHeaderWithUnusualValue: ;;,,;;,;\n"
        "Content-Type: application/sdp\n"
        "Route:\n <sip:services.example.com;lr;unknownwith=value;unknown-no>\n"
        "v:  SIP  / 2.0  / TCP     proxy.example.com   ;\n"
        "  branch  =   z9hG4bK9ik\n"
        " , SIP  /    2.0   / UDP  192.168.255.111   ; branch=\n"
        " z9hG4bK30239\n"
        "m:\"Quoted string \\\"\\\"\" <sip:alice@example.com> ; newparam =\n"
        "      newvalue ;\n  secondparam ; q = 0.33\n",
        SDP, b"Content-Length   : %d\n")


def intmeth():
    method = "!interesting-Method0123456789_*+`.%indeed'~"
    uri = ("sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,"
           "odd!*pas$wo~d_too.(isn't-it)@example.com")
    return request(
        method, uri, "intmeth", cseq="139122385 ",
        to="\"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f\" <sip:1_unusual.URI~(to-be!"
           "sure)&isn't+it$/crazy?,/;;*@example.com>",
        sender="token1~` token2'+_ token3*%!.- <sip:mundane@example.com>"
               ";fromParam''~+*_!.-%=\"\u044f\u043a\";tag=_token~1'+`*%!-.",
        more="extensionHeader-!.%*+_`'~:\ufeff\u5927\u505c\u96fb\n")


def esc02():
    return request(
        "RE%47IST%45R", "sip:registrar.example.com", "esc02", cseq="29344 ",
        to="\"%Z%45\" <sip:resource@example.com>",
        more="Contact: <sip:alias1@host1.example.com>\n"
             "C%6Fntact: <sip:alias2@host2.example.com>\n"
             "Contact: <sip:alias3@host3.example.com>\n")


def longreq():
    long = "long" * 60
    to = "\"I have a user name of %s proportion\" <sip:user@example.com" \
         ":6000;unknownparam1=very%svalue;longparam%sname=shortvalue;" \
         "very%sParameterNameWithNoValue>" % (long, long, long, long)
    vias = "".join("Via: SIP/2.0/TCP sip%d.example.com;branch=z9hG4bK%d\n"
                   % (i, i) for i in range(33, 0, -1))
    return request(
        "INVITE", "sip:user@example.com", "longreq", to=to,
        sender="<sip:caller@example.net>;unknownHeaderParam%s=x%sy;"
               "unknownParamNameFlag%s;tag=12a8" % (long, long, long),
        more=vias + "Unknown-%s-Name: unknown-%s-value; param-%s=%s\n"
             "Contact: <sip:amazinglylongcallername%s@host5.example.net>\n"
             "Content-Type: application/sdp\n" % ((long,) * 5), body=SDP)


def dblreq():
    first = request("REGISTER", "sip:example.com", "dblreq", cseq="8 ",
                    more="Contact: <sip:j.user@host.example.com>\n")
    return first + invite("sip:joe@example.com", "dblreq2")


def mpart01():
    body = (b"--7a9cbec02ceef655\r\nContent-Type: text/plain\r\n"
            b"Content-Transfer-Encoding: binary\r\n\r\nHello\r\n"
            b"--7a9cbec02ceef655\r\nContent-Type: application/octet-stream\r\n"
            b"Content-Transfer-Encoding: binary\r\n\r\n"
            + bytes(range(256)) + b"\r\n\r\n\n\n\0\0\r"
            b"\r\n--7a9cbec02ceef655--\r\n")
    return request("MESSAGE", "sip:kumiko@example.org", "mpart01", body=body,
                   more="Content-Type: multipart/mixed;"
                        "boundary=7a9cbec02ceef655\n")


def multi01():
    return message(
        "INVITE sip:user@company.example SIP/2.0\n"
        "Contact: <sip:caller@host25.example.net>\n"
        "Via: SIP/2.0/UDP 192.0.2.25;branch=z9hG4bKkdjuw\n"
        "Max-Forwards: 70\nCSeq: 5 INVITE\nCall-ID: multi01.98asdh@192.0.2.1\n"
        "CSeq: 59 INVITE\nCall-ID: multi01.98asdh@192.0.2.2\n"
        "From: <sip:caller@example.com>;tag=3413415\n"
        "To: <sip:user@example.com>\nTo: <sip:other@example.net>\n"
        "From: <sip:caller@example.net>;tag=2923420123\n"
        "Content-Type: application/sdp\n"
        "Contact: <sip:caller@host36.example.net>\nMax-Forwards: 5\n", SDP)


def insuf():
    return message("INVITE sip:user@example.com SIP/2.0\nCSeq: 193942 INVITE\n"
                   "Via: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf\n"
                   "Max-Forwards: 70\nContent-Type: application/sdp\n", SDP)


def inv2543():
    return message(
        "INVITE sip:UserB@example.com SIP/2.0\n"
        "Via: SIP/2.0/UDP iftgw.example.com\n"
        "From: <sip:+13035551111@ift.client.example.net;user=phone>\n"
        "Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>\n"
        "To: sip:+16505552222@ss1.example.net;user=phone\n"
        "Call-ID: inv2543.1717@ift.client.example.com\nCSeq: 56 INVITE\n"
        "Content-Type: application/sdp\n", SDP)


def noreason():
    return response("SIP/2.0 100 ", "noreason")


def mcl01():
    return request("OPTIONS", "sip:user@example.com", "mcl01",
                   more="@LENGTH@\nContent-Type: text/plain\n",
                   length=b"Content-Length: 13\nContent-Length: 5\n",
                   body=b"There's no way to know how many octets\r\n")


BOB = "sip:bob@example.com"
REG = "sip:registrar.example.com"

MESSAGES = {
    # 3.1.1 valid
    "wsinv": wsinv(),
    "intmeth": intmeth(),
    "esc01": invite("sip:sips%3Auser%40example.com@example.net", "esc01",
                    to="sip:%75se%72@example.com",
                    more="Contact: <sip:cal%6Cer@host5.example.net;%6C%72;"
                         "n%61me=v%61lue%25%34%31>\n"),
    "escnull": request("REGISTER", "sip:example.com", "escnull",
                       to="sip:null-%00-null@example.com",
                       sender="sip:null-%00-null@example.com;tag=8394",
                       more="Contact: <sip:%00@host5.example.com>\n"
                            "Contact: <sip:%00%00@host5.example.com>\n"),
    "esc02": esc02(),
    "lwsdisp": request("OPTIONS", BOB, "lwsdisp",
                       sender="caller<sip:caller@example.com>;tag=323"),
    "longreq": longreq(),
    "dblreq": dblreq(),
    "semiuri": request("OPTIONS",
                       "sip:user;par=u%40example.net@example.com", "semiuri"),
    "transports": request(
        "OPTIONS", BOB, "transports",
        more="".join("Via: SIP/2.0/%s t%d.example.com;branch=z9hG4bKt%d\n"
                     % (t, i, i) for i, t in
                     enumerate(("SCTP", "TLS", "UNKNOWN", "TCP")))),
    "mpart01": mpart01(),
    "unreason": response("SIP/2.0 200 = 2**3 * 5**2 \u043d\u043e "
                         "\u0441\u0442\u043e", "unreason"),
    "noreason": noreason(),
    # 3.1.2 invalid
    "badinv01": request("INVITE", BOB, "badinv01",
                        via="SIP/2.0/UDP 192.0.2.15;;,;,,",
                        more="Contact: \"Joe\" <sip:joe@example.org>;;;;\n"),
    "clerr": invite(BOB, "clerr", length=b"Content-Length: 9999\n"),
    "ncl": invite(BOB, "ncl", length=b"Content-Length: -999\n"),
    "scalar02": request("REGISTER", REG, "scalar02",
                        cseq="36893488147419103232 ", forwards="300",
                        more="Expires: 10000000000000000000000000000000000\n"
                             "Contact: <sip:user@host129.example.com>"
                             ";expires=280297596632815\n"),
    "scalarlg": response("SIP/2.0 503 Service Unavailable", "scalarlg",
                         cseq="9292394834772304023312 OPTIONS",
                         more="Retry-After: 949302838503028349304023988\n"
                              "Warning: 1812 overture \"In Progress\"\n"),
    "quotbal": request("INVITE", BOB, "quotbal",
                       to="\"Mr. J. User <sip:j.user@example.com>"),
    "ltgtruri": invite("<sip:user@example.com>", "ltgtruri"),
    "lwsruri": invite("sip:user@example.com; lr", "lwsruri"),
    "lwsstart": invite(" sip:user@example.com ", "lwsstart"),
    "trws": request("OPTIONS", BOB, "trws", version="SIP/2.0  "),
    "escruri": invite("sip:user@example.com?Route=%3Csip:example.com%3E",
                      "escruri"),
    "baddate": invite(BOB, "baddate",
                      more="Date: Fri, 01 Jan 2010 16:00:00 EST\n"),
    "regbadct": request("REGISTER", REG, "regbadct",
                        more="Contact: sip:user@example.com?Route="
                             "%3Csip:sip.example.com%3E\n"),
    "badaspec": request("OPTIONS", BOB, "badaspec",
                        to="\"Watson, Thomas\" < sip:t.watson@example.org >"),
    "baddn": request("OPTIONS", BOB, "baddn",
                     sender="Bell, Alexander <sip:a.g.bell@example.com>"
                            ";tag=43"),
    "badvers": request("OPTIONS", BOB, "badvers", version="SIP/7.0",
                       via="SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw"),
    "mismatch01": request("OPTIONS", BOB, "mismatch01", cseq_method="INVITE"),
    "mismatch02": request("NEWMETHOD", BOB, "mismatch02",
                          cseq_method="INVITE"),
    "bigcode": response("SIP/2.0 4294967301 better not break the receiver",
                        "bigcode"),
    # 3.2 transaction layer
    "badbranch": request("OPTIONS", BOB, "badbranch",
                         via="SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK"),
    # 3.3 application layer
    "insuf": insuf(),
    "unkscm": request("OPTIONS", "nobodyKnowsThisScheme:totallyopaquecontent",
                      "unkscm"),
    "novelsc": request("OPTIONS", "soap.beep://192.0.2.103:3002", "novelsc"),
    "unksm2": request("REGISTER", REG, "unksm2", to="isbn:2983792873",
                      sender="<http://www.example.com>;tag=3234233",
                      more="Contact: <name:John_Smith>\n"),
    "bext01": request("OPTIONS", BOB, "bext01",
                      more="Proxy-Require: noProxiesSupportThis, "
                           "norDoAnyProxiesSupportThis\n"
                           "Require: nothingSupportsThis, "
                           "nothingSupportsThisEither\n"),
    "invut": request("INVITE", BOB, "invut", body=b"<audio>\r\n</audio>\r\n",
                     more="Content-Type: application/unknownformat\n"
                          "Contact: <sip:caller@host5.example.net>\n"),
    "regaut01": request("REGISTER", REG, "regaut01",
                        more="Authorization: NoOneKnowsThisScheme "
                             "opaque-data=here\n"),
    "multi01": multi01(),
    "mcl01": mcl01(),
    "bcast": response("SIP/2.0 200 OK", "bcast", via=
                      "Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\n"
                      "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23"
                      "\n"),
    "zeromf": request("OPTIONS", BOB, "zeromf", forwards="0"),
    "cparam01": request("REGISTER", REG, "cparam01",
                        more="Contact: sip:+19725552222@gw1.example.net"
                             ";unknownparam\n"),
    "cparam02": request("REGISTER", REG, "cparam02",
                        more="Contact: <sip:+19725552222@gw1.example.net"
                             ";unknownparam>\n"),
    "regescrt": request("REGISTER", REG, "regescrt",
                        more="Contact: <sip:user@example.com?Route="
                             "%3Csip:sip.example.com%3E>\n"),
    "sdp01": invite(BOB, "sdp01", more="Accept: text/nobodyKnowsThis\n"),
    # 3.4 backward compatibility
    "inv2543": inv2543(),
}

if __name__ == "__main__":
    assert len(MESSAGES) == 49
    for name, data in MESSAGES.items():
        with open(os.path.join(HERE, name + ".sip"), "wb") as f:
            f.write(data)
