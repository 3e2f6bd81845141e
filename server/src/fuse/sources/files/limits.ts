/** What is read of the disk at once, bytes. */
export const READ_BYTES = 262_144;
/** What encoding, delimiter and header are told from, bytes and rows. */
export const HEAD_BYTES = 1_048_576;
export const SAMPLE_ROWS = 200;
/** Rows from the top in which the header may stand. */
export const HEADER_ROWS_MAX = 100;
export const COLUMNS_MAX = 5_000;
export const COLUMN_NAME_CHARACTERS_MAX = 200;
/** A longer row of a text, or record of JSON, is told as `row-too-large` and left out. */
export const ROW_CHARACTERS_MAX = 4_000_000;
/** A page ends early when it holds so many cells or characters. */
export const PAGE_CELLS_MAX = 200_000;
export const PAGE_CHARACTERS_MAX = 8_000_000;
/** Problems told of one row, and characters of the text shown with each. */
export const ROW_PROBLEMS_MAX = 20;
export const PROBLEM_CHARACTERS_MAX = 200;
/** Stretches of lines in another encoding that are told one by one. */
export const OTHERS_TOLD_MAX = 1_000;

/** What the parts of a workbook may unpack to together, bytes; 100 000 rows of 20 columns have some 80 MB. */
export const UNPACKED_BYTES_MAX = 500_000_000;
/** Parts of a ZIP file and bytes of its directory. */
export const ZIP_ENTRIES_MAX = 20_000;
export const ZIP_DIRECTORY_BYTES_MAX = 8_000_000;
/** Shared texts of a workbook, held in memory while a sheet is read. */
export const STRINGS_MAX = 4_000_000;
export const STRINGS_CHARACTERS_MAX = 150_000_000;
/** One cell, as Excel has it; what is longer is cut. */
export const CELL_CHARACTERS_MAX = 32_767;
export const TAG_CHARACTERS_MAX = 65_536;
export const SHEETS_MAX = 500;
export const STYLES_MAX = 65_536;
export const MERGES_MAX = 200_000;
/** Parts that are read as one text: the list of sheets, relations, styles; bytes. */
export const SMALL_PART_BYTES_MAX = 16_000_000;

/** How deep a list is looked for in a JSON document when nobody says where it stands. */
export const ITEMS_DEPTH_MAX = 3;

/** Bounds on what a Parquet file says of itself. */
export const PARQUET_FOOTER_BYTES_MAX = 64_000_000;
export const PARQUET_READ_BYTES_MAX = 268_435_456;
export const PARQUET_PAGE_BYTES_MAX = 134_217_728;
export const PARQUET_PAGE_VALUES_MAX = 20_000_000;
/** Values of a row group held at once; a larger group is read in parts. */
export const PARQUET_WINDOW_VALUES_MAX = 4_000_000;
/** Parts that one row group may be read in, for each part unpacks its columns anew. */
export const PARQUET_WINDOWS_MAX = 200;
