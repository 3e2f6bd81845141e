/** Most bytes of a statement in UTF-8. ClickHouse's own `max_query_size` is 262,144 characters. */
export const TEXT_BYTES_MAX = 262_144;
/** Most tokens of a statement; a list of 10,000 codes fits. */
export const TOKENS_MAX = 50_000;
/** Steps down that the parser takes: a bracket, a subquery, CASE or a type is two or three. */
export const NESTING_MAX = 200;
/** Levels of the tree: chains such as `a + b + c` count too, because they become calls inside calls. */
export const TREE_LEVELS_MAX = 600;
/** Parts of the tree that are written once and printed twice: the value of BETWEEN, constants of WITH where IN uses them. */
export const COPIED_PARTS_MAX = 50_000;
/** Tables and subqueries a statement reads when every use of a CTE counts, as the engine runs them. */
export const EXPANDED_TABLES_MAX = 256;
/** Tables, subqueries and table functions that one statement names. */
export const TABLES_MAX = 64;
/** Selects of one statement, those of UNION, subqueries and CTEs counted. */
export const SELECTS_MAX = 100;
/** Saved queries inside each other. */
export const VIEWS_DEEP_MAX = 5;
/** Times that saved queries are put into one statement, those inside others counted. */
export const VIEWS_EXPANDED_MAX = 32;
/** Items of one list: columns, arguments, elements of IN. */
export const ITEMS_MAX = 20_000;
/** Characters of a name. */
export const NAME_CHARACTERS_MAX = 200;
/** Characters of a number as written. */
export const NUMBER_CHARACTERS_MAX = 100;
/** Characters of one text literal. */
export const STRING_CHARACTERS_MAX = 65_536;
/** Rows a table function may make. */
export const GENERATED_ROWS_MAX = 1_000_000;
/** Combinators on one aggregate: `sumIfOrNull` has two. */
export const COMBINATORS_MAX = 3;
/** Settings of one SETTINGS clause. */
export const SETTINGS_MAX = 50;
/** Names that begin so are ours; a caller's text may not have them, however written. */
export const RESERVED_PREFIX = 'rh__';
