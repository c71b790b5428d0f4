"""A provider of the Verification class, and of storage where it has a folder; says on a line each what its peers do.

Exit by signal only.
"""

import argparse
import itertools
import threading
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import ALL_TRANSFER_SYNTAXES, AE, AllStoragePresentationContexts, _config, evt
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
    parser.add_argument("--folder", type=Path, help="store into it, the bytes as they come")
    parser.add_argument("--implicit-only", action="store_true", help="take storage in Implicit VR Little Endian alone")
    parser.add_argument("--answers", type=statuses, default=[0x0000], help="to C-STORE, in turn; the last one stays")
    parser.add_argument("--comment", help="(0000,0902) of these answers")
    parser.add_argument("--offending", type=lambda text: int(text, 16), help="(0000,0901) of these answers, in hex")
    parser.add_argument("--abort-at", type=int, metavar="COUNT", help="A-ABORT at the P-DATA-TF of this number")
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
    if options.folder is not None:
        provide_storage(ae, handlers, options)
    ae.start_server(("127.0.0.1", options.port), evt_handlers=handlers)


def statuses(text):
    return [int(status, 0) for status in text.split(",")]


def provide_storage(ae, handlers, options):
    if options.implicit_only:
        for context in AllStoragePresentationContexts:
            ae.add_supported_context(context.abstract_syntax, ImplicitVRLittleEndian)
    else:
        _config.UNRESTRICTED_STORAGE_SERVICE = True
    answers = itertools.chain(options.answers, itertools.repeat(options.answers[-1]))
    numbers = itertools.count(1)
    handlers.append((evt.EVT_C_STORE, lambda event: on_store(event, options, next(numbers), next(answers))))
    if options.abort_at is not None:
        data = itertools.count(1)
        handlers.append((evt.EVT_DATA_RECV, lambda event: on_data(event, options.abort_at, data)))


def on_store(event, options, number, status):
    (options.folder / f"{number}.dcm").write_bytes(event.encoded_dataset())
    say(f"store {event.request.MessageID} status 0x{status:04X}")
    answer = Dataset()
    answer.Status = status
    if options.comment is not None:
        answer.ErrorComment = options.comment
    if options.offending is not None:
        answer.OffendingElement = options.offending
    return answer


def on_data(event, at, numbers):
    if event.data[0] == 0x04 and next(numbers) == at:
        threading.Thread(target=event.assoc.abort).start()


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
