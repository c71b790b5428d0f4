/* Sizes and offsets of the public structs, as the library's own tests and the bindings have them (abi.md rule 19). */
#include "check.h"

#define OFFSET(type, field, expected) CHECK_IS(offsetof(type, field), expected)

static void pointers_and_lengths(void);
static void what_the_library_fills(void);
static void facts_and_counters(void);
static void requests(void);
static void elements(void);

int main(void) {
    CHECK_IS(sizeof(dimse_result), 4);
    CHECK((dimse_result)-1 < 0);
    if (sizeof(void *) == 8) {
        pointers_and_lengths();
        what_the_library_fills();
        facts_and_counters();
        requests();
        elements();
    }
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static void pointers_and_lengths(void) {
    CHECK_IS(sizeof(dimse_str), 16);
    OFFSET(dimse_str, data, 0);
    OFFSET(dimse_str, len, 8);
    CHECK_IS(sizeof(dimse_bytes), 16);
    OFFSET(dimse_bytes, data, 0);
    OFFSET(dimse_bytes, len, 8);
    CHECK_IS(sizeof(dimse_delivery), 32);
    OFFSET(dimse_delivery, queue, 0);
    OFFSET(dimse_delivery, on_event, 8);
    OFFSET(dimse_delivery, user_data, 16);
    OFFSET(dimse_delivery, release, 24);
}

static void what_the_library_fills(void) {
    CHECK_IS(sizeof(dimse_event), 184);
    OFFSET(dimse_event, struct_size, 0);
    OFFSET(dimse_event, kind, 4);
    OFFSET(dimse_event, result, 8);
    OFFSET(dimse_event, status, 12);
    OFFSET(dimse_event, phase, 16);
    OFFSET(dimse_event, message_id, 20);
    OFFSET(dimse_event, attempts, 24);
    OFFSET(dimse_event, instances_done, 28);
    OFFSET(dimse_event, instances_total, 32);
    OFFSET(dimse_event, instances_failed, 36);
    OFFSET(dimse_event, instances_warned, 40);
    OFFSET(dimse_event, time_left_ms, 44);
    OFFSET(dimse_event, duration_us, 48);
    OFFSET(dimse_event, bytes_done, 56);
    OFFSET(dimse_event, bytes_total, 64);
    OFFSET(dimse_event, bytes_per_second, 72);
    OFFSET(dimse_event, comment, 80);
    OFFSET(dimse_event, sop_class, 96);
    OFFSET(dimse_event, sop_instance, 112);
    OFFSET(dimse_event, transfer_syntax, 128);
    OFFSET(dimse_event, path, 144);
    OFFSET(dimse_event, offending, 160);
    OFFSET(dimse_event, offending_count, 168);
    OFFSET(dimse_event, error, 176);
    CHECK_IS(sizeof(dimse_log_record), 56);
    OFFSET(dimse_log_record, struct_size, 0);
    OFFSET(dimse_log_record, level, 4);
    OFFSET(dimse_log_record, association, 8);
    OFFSET(dimse_log_record, target, 16);
    OFFSET(dimse_log_record, message, 32);
    OFFSET(dimse_log_record, message_id, 48);
    OFFSET(dimse_log_record, reserved, 52);
}

static void facts_and_counters(void) {
    CHECK_IS(sizeof(dimse_facts), 152);
    OFFSET(dimse_facts, struct_size, 0);
    OFFSET(dimse_facts, is_requestor, 4);
    OFFSET(dimse_facts, association, 8);
    OFFSET(dimse_facts, calling, 16);
    OFFSET(dimse_facts, called, 32);
    OFFSET(dimse_facts, local_address, 48);
    OFFSET(dimse_facts, peer_address, 64);
    OFFSET(dimse_facts, peer_implementation_class, 80);
    OFFSET(dimse_facts, peer_implementation_version, 96);
    OFFSET(dimse_facts, identity_response, 112);
    OFFSET(dimse_facts, own_max_pdu_bytes, 128);
    OFFSET(dimse_facts, peer_max_pdu_bytes, 132);
    OFFSET(dimse_facts, window_invoked, 136);
    OFFSET(dimse_facts, window_performed, 140);
    OFFSET(dimse_facts, context_count, 144);
    OFFSET(dimse_facts, accepted_count, 148);
    CHECK_IS(sizeof(dimse_context), 56);
    OFFSET(dimse_context, struct_size, 0);
    OFFSET(dimse_context, id, 4);
    OFFSET(dimse_context, result, 8);
    OFFSET(dimse_context, local_is_scu, 12);
    OFFSET(dimse_context, local_is_scp, 16);
    OFFSET(dimse_context, reserved, 20);
    OFFSET(dimse_context, abstract_syntax, 24);
    OFFSET(dimse_context, transfer_syntax, 40);
    CHECK_IS(sizeof(dimse_counters), 56);
    OFFSET(dimse_counters, struct_size, 0);
    OFFSET(dimse_counters, reserved, 4);
    OFFSET(dimse_counters, bytes_sent, 8);
    OFFSET(dimse_counters, bytes_received, 16);
    OFFSET(dimse_counters, pdus_sent, 24);
    OFFSET(dimse_counters, pdus_received, 32);
    OFFSET(dimse_counters, messages_sent, 40);
    OFFSET(dimse_counters, messages_received, 48);
    CHECK_IS(sizeof(dimse_server_totals), 96);
    OFFSET(dimse_server_totals, struct_size, 0);
    OFFSET(dimse_server_totals, is_draining, 4);
    OFFSET(dimse_server_totals, connections, 8);
    OFFSET(dimse_server_totals, associations, 16);
    OFFSET(dimse_server_totals, waiting, 24);
    OFFSET(dimse_server_totals, connected_total, 32);
    OFFSET(dimse_server_totals, accepted_total, 40);
    OFFSET(dimse_server_totals, refused_total, 48);
    OFFSET(dimse_server_totals, aborted_total, 56);
    OFFSET(dimse_server_totals, requests_total, 64);
    OFFSET(dimse_server_totals, instances_total, 72);
    OFFSET(dimse_server_totals, bytes_total, 80);
    OFFSET(dimse_server_totals, panics_total, 88);
}

static void requests(void) {
    CHECK_IS(sizeof(dimse_message), 128);
    OFFSET(dimse_message, struct_size, 0);
    OFFSET(dimse_message, command, 4);
    OFFSET(dimse_message, message_id, 8);
    OFFSET(dimse_message, context_id, 12);
    OFFSET(dimse_message, has_data_set, 16);
    OFFSET(dimse_message, reserved, 20);
    OFFSET(dimse_message, association, 24);
    OFFSET(dimse_message, sop_class, 32);
    OFFSET(dimse_message, sop_instance, 48);
    OFFSET(dimse_message, transfer_syntax, 64);
    OFFSET(dimse_message, calling, 80);
    OFFSET(dimse_message, called, 96);
    OFFSET(dimse_message, peer_address, 112);
    CHECK_IS(sizeof(dimse_received), 48);
    OFFSET(dimse_received, struct_size, 0);
    OFFSET(dimse_received, reserved, 4);
    OFFSET(dimse_received, bytes, 8);
    OFFSET(dimse_received, unfinished_path, 16);
    OFFSET(dimse_received, path, 32);
}

static void elements(void) {
    CHECK_IS(sizeof(dimse_element), 32);
    OFFSET(dimse_element, struct_size, 0);
    OFFSET(dimse_element, tag, 4);
    OFFSET(dimse_element, vr, 8);
    OFFSET(dimse_element, length, 16);
    OFFSET(dimse_element, items, 24);
    OFFSET(dimse_element, fragments, 28);
}
