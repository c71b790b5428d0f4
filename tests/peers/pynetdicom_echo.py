"""Associates, sends C-ECHO requests and releases; says on a line each what the peer answered.

Exit code 0: every answer was Success. 1: an answer was not, or none came. 2: wrong usage. 3: the association was
rejected. 4: it was aborted or never came to be.
"""

import argparse
import sys

from pynetdicom import ALL_TRANSFER_SYNTAXES, AE, evt
from pynetdicom.pdu import A_ASSOCIATE_RJ
from pynetdicom.pdu_primitives import AsynchronousOperationsWindowNegotiation, UserIdentityNegotiation
from pynetdicom.sop_class import Verification


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--calling", default="INTEROP")
    parser.add_argument("--called", default="ANY-SCP")
    parser.add_argument("--repeat", type=int, default=1, metavar="TIMES")
    parser.add_argument("--maximum-length", type=int, default=16382, metavar="BYTES", help="0: no limit")
    parser.add_argument("--contexts", type=int, default=1, metavar="COUNT", help="propose the class that often")
    parser.add_argument("--syntaxes", choices=["default", "all"], default="default", help="which are proposed")
    parser.add_argument("--identity", metavar="NAME[:PASSWORD]", help="ask for a positive response, too")
    parser.add_argument("--window", metavar="INVOKED,PERFORMED", help="asynchronous operations")
    parser.add_argument("--abort", action="store_true", help="end with A-ABORT")
    options = parser.parse_args()

    ae = AE(ae_title=options.calling)
    ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 20
    for _ in range(options.contexts):
        if options.syntaxes == "all":
            ae.add_requested_context(Verification, ALL_TRANSFER_SYNTAXES)
        else:
            ae.add_requested_context(Verification)
    received = []
    association = ae.associate(
        options.host,
        options.port,
        ae_title=options.called,
        max_pdu=options.maximum_length,
        ext_neg=list(negotiation(options)),
        evt_handlers=[(evt.EVT_PDU_RECV, lambda event: received.append(event.pdu))],
    )
    # pynetdicom 3.0.4 takes a rejection that comes before it looks for no connection, and says aborted then.
    if received and isinstance(received[0], A_ASSOCIATE_RJ):
        print(f"rejected {received[0].result},{received[0].source},{received[0].reason_diagnostic}")
        return 3
    if not association.is_established:
        print("aborted")
        return 4
    keep_answers(association)
    describe(association)
    good = all([echo(association, number) for number in range(1, options.repeat + 1)])
    if options.abort:
        association.abort()
    else:
        association.release()
        print("released" if association.is_released else "not released")
        good = good and association.is_released
    return 0 if good else 1


def keep_answers(association):
    """Gives an answer that pynetdicom's own thread takes back to the one who waits for it.

    A send_c_ function stops that thread first, but takes one that is about to make a last round for stopped
    (pynetdicom 3.0.4): an answer that comes in that millisecond would be thrown away as an unexpected message.
    """
    association._serve_request = lambda message, context: association.dimse.msg_queue.put((context, message))


def negotiation(options):
    if options.identity is not None:
        name, _, password = options.identity.partition(":")
        item = UserIdentityNegotiation()
        item.user_identity_type = 2 if password else 1
        item.positive_response_requested = True
        item.primary_field = name.encode()
        if password:
            item.secondary_field = password.encode()
        yield item
    if options.window is not None:
        invoked, performed = options.window.split(",")
        item = AsynchronousOperationsWindowNegotiation()
        item.maximum_number_operations_invoked = int(invoked)
        item.maximum_number_operations_performed = int(performed)
        yield item


def describe(association):
    acceptor = association.acceptor
    print(f"accepted, maximum length {acceptor.maximum_length}")
    print(f"implementation {acceptor.implementation_class_uid} {acceptor.implementation_version_name}")
    for context in association.accepted_contexts:
        print(f"context {context.context_id} {context.abstract_syntax} {context.transfer_syntax[0]}")
    print(f"window {','.join(map(str, acceptor.asynchronous_operations))}")
    if acceptor.user_identity is not None:
        print("identity accepted")


def echo(association, number):
    if not association.is_established:
        print(f"echo {number} impossible: the association is gone")
        return False
    status = association.send_c_echo(msg_id=number)
    if "Status" not in status:
        print(f"echo {number} without an answer")
        return False
    print(f"echo {number} status 0x{status.Status:04X}")
    return status.Status == 0x0000


if __name__ == "__main__":
    sys.exit(main())
