"""Associates, stores files byte for byte as they are, and releases; says on a line each what the peer answered.

Exit code 0: every answer was Success. 1: an answer was not, or none came. 2: wrong usage. 4: no association came to be.
"""

import argparse
import sys
from pathlib import Path

from pynetdicom import AE, _config
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.dsutils import split_dataset

# The data set goes from the file to the connection as it is.
_config.STORE_SEND_CHUNKED_DATASET = True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--calling", default="INTEROP")
    parser.add_argument("--called", default="ANY-SCP")
    parser.add_argument("--maximum-length", type=int, default=16382, metavar="BYTES", help="0: no limit")
    parser.add_argument(
        "--early-release", action="store_true", help="A-RELEASE-RQ behind the first request, before its response"
    )
    parser.add_argument("--abort-at", type=int, metavar="COUNT", help="A-ABORT after so many PDUs of the first request")
    options = parser.parse_args()

    kinds = {path: kind(path) for path in options.files}
    ae = AE(ae_title=options.calling)
    ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 20
    # A context of its own for each: the acceptor chooses one syntax for a context.
    for sop_class, _, syntax in sorted(set((one, "", other) for one, _, other in kinds.values())):
        ae.add_requested_context(sop_class, syntax)
    association = ae.associate(options.host, options.port, ae_title=options.called, max_pdu=options.maximum_length)
    if not association.is_established:
        print("not established")
        return 4
    keep_answers(association)
    if options.early_release:
        return release_early(association, options.files[0], kinds[options.files[0]])
    if options.abort_at is not None:
        return abort_at(association, options.files[0], kinds[options.files[0]], options.abort_at)
    good = all([store(association, path, number) for number, path in enumerate(options.files, start=1)])
    association.release()
    print("released" if association.is_released else "not released")
    return 0 if good and association.is_released else 1


def keep_answers(association):
    """Gives an answer that pynetdicom's own thread takes back to the one who waits for it.

    A send_c_ function stops that thread first, but takes one that is about to make a last round for stopped
    (pynetdicom 3.0.4): an answer that comes in that millisecond would be thrown away as an unexpected message.
    """
    association._serve_request = lambda message, context: association.dimse.msg_queue.put((context, message))


def kind(path):
    header, _ = split_dataset(path)
    return header.MediaStorageSOPClassUID, header.MediaStorageSOPInstanceUID, header.TransferSyntaxUID


def store(association, path, number):
    if not association.is_established:
        print(f"store {path.name} impossible: the association is gone")
        return False
    answer = association.send_c_store(path, msg_id=number)
    if "Status" not in answer:
        print(f"store {path.name} without an answer")
        return False
    print(f"store {path.name} status 0x{answer.Status:04X} {answer.get('ErrorComment', '')}")
    return answer.Status == 0x0000


def release_early(association, path, kind):
    for pdu in request(association, path, kind):
        association.dul.send_pdu(pdu)
    association._reactor_checkpoint.clear()
    association.acse.send_release()
    _, response = association.dimse.get_msg(block=True)
    print("store without an answer" if response is None else f"store status 0x{response.Status:04X}")
    # The reactor takes the answer to the release.
    answer = association.dul.receive_pdu(wait=True, timeout=20)
    print("released" if answer is not None and answer.result == "affirmative" else f"not released: {answer}")
    association.kill()
    return 0 if response is not None and response.Status == 0x0000 else 1


def abort_at(association, path, kind, count):
    for number, pdu in enumerate(request(association, path, kind)):
        if number == count:
            break
        association.dul.send_pdu(pdu)
    association.abort()
    print("aborted")
    return 0


def request(association, path, kind):
    primitive = C_STORE()
    primitive.MessageID = 1
    primitive.Priority = 2
    primitive.AffectedSOPClassUID, primitive.AffectedSOPInstanceUID, syntax = kind
    primitive._dataset_path = (path, split_dataset(path)[1])
    context = association._get_valid_context(kind[0], syntax, "scu", allow_conversion=False)
    message = C_STORE_RQ()
    message.primitive_to_message(primitive)
    return message.encode_msg(context.context_id, association.dimse.maximum_pdu_size)


if __name__ == "__main__":
    sys.exit(main())
