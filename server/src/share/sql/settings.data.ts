/** What a setting takes, and what it is for: `limit` may only be lowered by who applies it, `format` goes to the format, `sandbox` asks invented rows. */
export type SettingRule = {
  takes: 'number' | 'flag' | RegExp;
  role: 'limit' | 'format' | 'answer' | 'sandbox';
};

const limit = { takes: 'number', role: 'limit' } as const;
const flag = { takes: 'flag', role: 'format' } as const;
const number = { takes: 'number', role: 'format' } as const;
const text = (takes: RegExp) => ({ takes, role: 'format' }) as const;

/**
 * The settings a caller may give, and no others. Left out on purpose: what changes how names or relations are read
 * (`prefer_column_name_to_alias`, `session_timezone`, `additional_table_filters`, `readonly`), what names files or schemas.
 */
export const SETTINGS: Readonly<Record<string, SettingRule>> = {
  max_execution_time: limit,
  max_result_rows: limit,
  max_result_bytes: limit,
  max_rows_to_read: limit,
  max_bytes_to_read: limit,
  max_threads: limit,
  max_memory_usage: limit,
  ronghe_sandbox: { takes: 'flag', role: 'sandbox' },
  result_overflow_mode: { takes: /^(?:throw|break)$/, role: 'limit' },
  join_use_nulls: { takes: 'flag', role: 'answer' },
  group_by_use_nulls: { takes: 'flag', role: 'answer' },
  extremes: { takes: 'flag', role: 'answer' },
  date_time_output_format: text(/^(?:simple|iso|unix_timestamp)$/),
  bool_true_representation: text(/^[\p{L}\p{N}]{1,20}$/u),
  bool_false_representation: text(/^[\p{L}\p{N}]{1,20}$/u),
  format_csv_delimiter: text(/^[,;|\t ]$/),
  format_csv_null_representation: text(/^[\p{L}\p{N}\\]{0,20}$/u),
  format_tsv_null_representation: text(/^[\p{L}\p{N}\\]{0,20}$/u),
  output_format_json_quote_64bit_integers: flag,
  output_format_json_quote_64bit_floats: flag,
  output_format_json_quote_denormals: flag,
  output_format_json_quote_decimals: flag,
  output_format_json_named_tuples_as_objects: flag,
  output_format_json_skip_null_value_in_named_tuples: flag,
  output_format_json_escape_forward_slashes: flag,
  output_format_json_array_of_rows: flag,
  output_format_json_validate_utf8: flag,
  output_format_csv_crlf_end_of_line: flag,
  output_format_tsv_crlf_end_of_line: flag,
  output_format_write_statistics: flag,
  output_format_decimal_trailing_zeros: flag,
  output_format_pretty_max_rows: number,
  output_format_pretty_row_numbers: flag,
  output_format_pretty_max_column_pad_width: number,
  output_format_binary_write_json_as_string: flag,
  output_format_native_encode_types_in_binary_format: flag,
  output_format_native_write_json_as_string: flag,
  output_format_parquet_string_as_string: flag,
  output_format_parquet_compression_method: text(/^(?:none|snappy|zstd|gzip|lz4)$/),
  output_format_arrow_string_as_string: flag,
  output_format_arrow_compression_method: text(/^(?:none|lz4_frame|zstd)$/),
};
