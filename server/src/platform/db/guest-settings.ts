import { refuseGuest } from '#platform/db/guest-text.ts';
import { GUEST_NODES_MAX } from '#platform/db/guest-tree.ts';
import type { GuestQuestion } from '#platform/db/guests.ts';
import { quote } from '#platform/db/sql-parameters.ts';

/** Where the sessions of guests stand: a database without tables, so that a name alone is never a table. */
export const GUEST_DATABASE = 'rh__guests';

/** How an answer is written may be chosen by whoever asks, and whether joins and totals leave gaps as null; nothing else. */
export const GUEST_FORMAT_SETTINGS: ReadonlySet<string> = new Set([
  'bool_false_representation',
  'bool_true_representation',
  'date_time_output_format',
  'extremes',
  'format_csv_delimiter',
  'format_csv_null_representation',
  'format_tsv_null_representation',
  'group_by_use_nulls',
  'join_use_nulls',
  'output_format_arrow_compression_method',
  'output_format_arrow_string_as_string',
  'output_format_binary_write_json_as_string',
  'output_format_csv_crlf_end_of_line',
  'output_format_decimal_trailing_zeros',
  'output_format_json_array_of_rows',
  'output_format_json_escape_forward_slashes',
  'output_format_json_named_tuples_as_objects',
  'output_format_json_quote_64bit_floats',
  'output_format_json_quote_64bit_integers',
  'output_format_json_quote_decimals',
  'output_format_json_quote_denormals',
  'output_format_json_skip_null_value_in_named_tuples',
  'output_format_json_validate_utf8',
  'output_format_native_encode_types_in_binary_format',
  'output_format_native_write_json_as_string',
  'output_format_parquet_compression_method',
  'output_format_pretty_max_column_pad_width',
  'output_format_pretty_max_rows',
  'output_format_pretty_row_numbers',
  'output_format_parquet_string_as_string',
  'output_format_tsv_crlf_end_of_line',
  'output_format_write_statistics',
]);
const VALUE = /^[\p{L}\p{N}_ .,:;|+\\-]{0,40}$|^\t$/u;
const TREE_BYTES_MAX = 100_000_000;
const SPILL_BYTES_MAX = 2_000_000_000;

type Settings = Record<string, string | number>;

/** Protects against questions that are dear to understand rather than to answer. */
const SHAPE: Settings = {
  max_ast_depth: 1_500,
  max_ast_elements: 30_000,
  max_expanded_ast_elements: 200_000,
  max_parser_depth: 1_000,
  max_subquery_depth: 50,
  max_columns_to_read: 2_000,
  max_temporary_columns: 4_000,
};

/**
 * All settings of a question but `readonly = 1`, which comes last and closes the rest. The filters are the second layer of row
 * protection: merging them with conditions of the question would let an error of the question tell of rows that are not shown.
 * @throws AppError GUEST_REFUSED for a format setting that is not on the list
 */
export function guestSettings({ limits, filters, formatSettings = {} }: GuestQuestion): Settings {
  for (const [name, value] of Object.entries(formatSettings))
    if (!GUEST_FORMAT_SETTINGS.has(name) || !VALUE.test(String(value)))
      throw refuseGuest(`the setting ${name}`);
  const spill = Math.floor(limits.memoryBytes / 2);
  return {
    ...SHAPE,
    allow_ddl: 0,
    allow_introspection_functions: 0,
    max_execution_time: limits.timeMs / 1000,
    timeout_overflow_mode: 'throw',
    max_memory_usage: limits.memoryBytes,
    max_bytes_before_external_group_by: spill,
    max_bytes_before_external_sort: spill,
    max_temporary_data_on_disk_size_for_query: SPILL_BYTES_MAX,
    max_result_rows: limits.resultRows,
    ...(limits.firstRows ? { limit: limits.firstRows } : {}),
    max_result_bytes: limits.resultBytes,
    result_overflow_mode: 'throw',
    max_rows_to_read: limits.readRows,
    read_overflow_mode: 'throw',
    max_threads: limits.threads,
    output_format_parallel_formatting: limits.threads > 1 ? 1 : 0,
    query_plan_merge_filters: 0,
    // on a cluster two datasets are joined where they meet; without it the engine refuses to join Distributed tables
    distributed_product_mode: 'global',
    output_format_json_quote_64bit_integers: 0,
    ...formatSettings,
    additional_table_filters: mapText(filters),
  };
}

/** The question with room for the lines of its tree instead of those of its answer. */
export const forExplaining = (question: GuestQuestion): GuestQuestion => ({
  ...question,
  limits: { ...question.limits, firstRows: 0, resultRows: GUEST_NODES_MAX, resultBytes: TREE_BYTES_MAX },
});

/** As the value of a setting that is a map: `{'fuse.a':'b = \'c\''}`. */
const mapText = (filters: Readonly<Record<string, string>>): string =>
  `{${Object.entries(filters)
    .map(([table, condition]) => `${quote(table)}:${quote(condition)}`)
    .join(',')}}`;
