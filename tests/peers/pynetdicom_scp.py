"""A provider of the Verification class; says on a line each what its peers do.

Exit by signal only.
"""

import argparse

from pynetdicom import ALL_TRANSFER_SYNTAXES, AE, evt
from pynetdicom.sop_class import Verification


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--ae-title", default="PYNETDICOM")
    parser.add_argument("--require-called", action="store_true", help="reject (1,1,7) every other called AE title")
    parser.add_argument("--require-calling", metavar="AE", help="reject (1,1,3) every other calling AE title")
    parser.add_argument("--maximum-length", type=int, default=16382, metavar="BYTES", help="0: no limit")
    parser.add_argument("--identity", metavar="NAME", help="accept this user, reject (2,2,1) every other one")
    parser.add_argument("--status", type=lambda text: int(text, 0), default=0x0000, help="answer C-ECHO with it")
    options = parser.parse_args()

    ae = AE(ae_title=options.ae_title)
    ae.maximum_pdu_size = options.maximum_length
    ae.require_called_aet = options.require_called
    if options.require_calling:
        ae.require_calling_aet = [options.require_calling]
    ae.add_supported_context(Verification, ALL_TRANSFER_SYNTAXES)

    handlers = [
        (evt.EVT_REQUESTED, on_request),
        (evt.EVT_ACCEPTED, lambda event: say("accepted")),
        (evt.EVT_REJECTED, lambda event: say("rejected")),
        (evt.EVT_RELEASED, lambda event: say("released")),
        (evt.EVT_ABORTED, lambda event: say("aborted")),
        (evt.EVT_C_ECHO, lambda event: on_echo(event, options.status)),
    ]
    if options.identity is not None:
        handlers.append((evt.EVT_USER_ID, lambda event: on_identity(event, options.identity)))
    ae.start_server(("127.0.0.1", options.port), evt_handlers=handlers)


def on_request(event):
    requestor = event.assoc.requestor
    say(f"requested by {requestor.primitive.calling_ae_title}, maximum length {requestor.maximum_length}")
    say(f"implementation {requestor.implementation_class_uid} {requestor.implementation_version_name}")
    for context in requestor.requested_contexts:
        say(f"context {context.context_id} {context.abstract_syntax} {' '.join(context.transfer_syntax)}")


def on_echo(event, status):
    say(f"echo {event.request.MessageID}")
    return status


def on_identity(event, accepted):
    name = (event.primary_field or b"").decode()
    say(f"identity {event.user_id_type} {name}")
    return name == accepted, b""


def say(line):
    print(line, flush=True)


if __name__ == "__main__":
    main()
