const names = (...lines: string[]): ReadonlySet<string> => new Set(lines.flatMap((line) => line.split(' ')));

/** Parameters of the door itself, beside `param_…` and the settings of the language. */
export const OWN = names(
  'query query_id database default_format compress decompress enable_http_compression wait_end_of_query',
  'http_wait_end_of_query send_progress_in_http_headers http_headers_progress_interval_ms user password',
  'purpose client_protocol_version',
);

/** Of the transport, or of clients' writing and reading: taken and without a meaning for one answer. */
export const HABITS = names(
  'add_http_cors_header allow_experimental_dynamic_type allow_experimental_json_type',
  'allow_experimental_variant_type async_insert buffer_size',
  'cancel_http_readonly_queries_on_client_close connect_timeout',
  'date_time_input_format http_make_head_request http_response_headers',
  'http_write_exception_in_output_format http_zlib_compression_level',
  'input_format_binary_read_json_as_string insert_deduplicate joined_subquery_requires_alias',
  'log_comment log_queries low_cardinality_allow_in_native_format max_block_size max_bytes_to_read',
  'max_query_size network_compression_method network_zstd_compression_level',
  'output_format_native_use_flattened_dynamic_and_json_serialization',
  'priority quota_key readonly receive_timeout role',
  'send_logs_level send_timeout server_version session_check session_id session_timeout stacktrace',
  'use_client_time_zone user_agent wait_for_async_insert',
);
