import { AnalyticsError, type Limits, toAnalyticsError } from '#platform/db/analytics-error.ts';
import { AppError } from '#platform/errors/errors.ts';

const TEXT_CHARACTERS_MAX = 300;
/** What follows is the engine's own view: our SQL, names of tables, values of rows. */
const INNER = /(?:[:,.]? ?(?:in scope|while |in query|maybe you meant|\(version )|\s*\(at row )/i;
const NUMBERED = /Code: \d+\. DB::Exception: /g;
const NAMED = /\(([A-Z][A-Z0-9_]+)\)\s*$/;

/**
 * Numbers of ClickHouse that tell a fault of the question, with what may be said of it: `text` is the engine's sentence (it speaks of
 * names and types), `name` only the number's name, because the sentence would show values of rows.
 * Source: src/Common/ErrorCodes.cpp of ClickHouse.
 */
const TELLING: Readonly<Record<number, 'text' | 'name'>> = {
  6: 'name', // CANNOT_PARSE_TEXT
  8: 'text', // THERE_IS_NO_COLUMN
  10: 'text', // NOT_FOUND_COLUMN_IN_BLOCK
  12: 'name', // PARAMETER_OUT_OF_BOUND
  20: 'text', // NUMBER_OF_COLUMNS_DOESNT_MATCH
  26: 'name', // CANNOT_PARSE_QUOTED_STRING
  27: 'name', // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  32: 'name', // ATTEMPT_TO_READ_AFTER_EOF
  36: 'name', // BAD_ARGUMENTS
  38: 'name', // CANNOT_PARSE_DATE
  41: 'name', // CANNOT_PARSE_DATETIME
  42: 'text', // NUMBER_OF_ARGUMENTS_DOESNT_MATCH
  43: 'text', // ILLEGAL_TYPE_OF_ARGUMENT
  44: 'name', // ILLEGAL_COLUMN
  46: 'text', // UNKNOWN_FUNCTION
  47: 'text', // UNKNOWN_IDENTIFIER
  48: 'name', // NOT_IMPLEMENTED
  50: 'text', // UNKNOWN_TYPE
  53: 'text', // TYPE_MISMATCH
  62: 'name', // SYNTAX_ERROR
  63: 'text', // UNKNOWN_AGGREGATE_FUNCTION
  69: 'name', // ARGUMENT_OUT_OF_BOUND
  70: 'name', // CANNOT_CONVERT_TYPE
  72: 'name', // CANNOT_PARSE_NUMBER
  125: 'name', // INCORRECT_RESULT_OF_SCALAR_SUBQUERY
  128: 'name', // TOO_LARGE_ARRAY_SIZE
  130: 'name', // CANNOT_READ_ARRAY_FROM_TEXT
  131: 'name', // TOO_LARGE_STRING_SIZE
  141: 'name', // SAMPLING_NOT_SUPPORTED
  153: 'name', // ILLEGAL_DIVISION
  158: 'name', // TOO_MANY_ROWS
  161: 'name', // TOO_MANY_COLUMNS
  162: 'name', // TOO_DEEP_SUBQUERIES
  165: 'name', // TOO_MANY_TEMPORARY_COLUMNS
  167: 'name', // TOO_DEEP_AST
  168: 'name', // TOO_BIG_AST
  179: 'text', // MULTIPLE_EXPRESSIONS_FOR_ALIAS
  181: 'name', // ILLEGAL_FINAL
  184: 'text', // ILLEGAL_AGGREGATION
  190: 'name', // SIZES_OF_ARRAYS_DONT_MATCH
  191: 'name', // SET_SIZE_LIMIT_EXCEEDED
  206: 'name', // ALIAS_REQUIRED
  207: 'text', // AMBIGUOUS_IDENTIFIER
  215: 'text', // NOT_AN_AGGREGATE
  243: 'name', // NOT_ENOUGH_SPACE: more on disk than a question may have
  258: 'name', // UNION_ALL_RESULT_STRUCTURES_MISMATCH
  306: 'name', // TOO_DEEP_RECURSION
  307: 'name', // TOO_MANY_BYTES
  321: 'name', // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  344: 'name', // SUPPORT_IS_DISABLED
  349: 'name', // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  352: 'text', // AMBIGUOUS_COLUMN_NAME
  376: 'name', // CANNOT_PARSE_UUID
  386: 'text', // NO_COMMON_TYPE
  403: 'name', // INVALID_JOIN_ON_EXPRESSION
  407: 'name', // DECIMAL_OVERFLOW
  427: 'name', // CANNOT_COMPILE_REGEXP
  432: 'name', // UNKNOWN_CODEC
  456: 'text', // UNKNOWN_QUERY_PARAMETER
  467: 'name', // CANNOT_PARSE_BOOL
  476: 'name', // WITH_TIES_WITHOUT_ORDER_BY
  636: 'name', // CANNOT_EXTRACT_TABLE_STRUCTURE
  675: 'name', // CANNOT_PARSE_IPV4
  676: 'name', // CANNOT_PARSE_IPV6
  691: 'name', // UNKNOWN_ELEMENT_OF_ENUM
  700: 'name', // USER_SESSION_LIMIT_EXCEEDED
};

/**
 * An error of the engine as whoever asked may see it: limits as the codes they have everywhere, faults of the question as SQL_FAILED with
 * ClickHouse's number and name, everything else as it is (a fault of ours, told as INTERNAL). No name of `hidden` is ever shown.
 */
export function toGuestError(error: unknown, limits: Limits, hidden: readonly string[]): Error {
  const known = toAnalyticsError(error, limits);
  if (!(known instanceof AnalyticsError)) return known;
  const number = known.clickhouseCode;
  const telling = number === null ? undefined : TELLING[number];
  if (number === null || telling === undefined) return known;
  const message = known.message.replaceAll(NUMBERED, '').trim();
  const name = typeOf(error) ?? NAMED.exec(message)?.[1] ?? 'UNKNOWN';
  const text = telling === 'text' ? sentenceOf(message, hidden) : '';
  return new AppError('SQL_FAILED', { number, name, reason: text || name }, { cause: error });
}

function sentenceOf(message: string, hidden: readonly string[]): string {
  const [sentence = ''] = message.replace(NAMED, '').split(INNER, 1);
  const short = sentence.trim().slice(0, TEXT_CHARACTERS_MAX);
  const shows = short.includes('rh__') || hidden.some((name) => short.includes(name));
  return shows ? '' : short;
}

/** `@clickhouse/client` takes the name off the sentence. */
function typeOf(error: unknown): string | undefined {
  const { type } = (error ?? {}) as { type?: unknown };
  return typeof type === 'string' ? type : undefined;
}
