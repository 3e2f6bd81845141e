import { z } from 'zod';

/** The words of the house. They name folders, URLs, PostgreSQL schemas, ClickHouse databases, permissions and log scopes. */
export const WORDS = ['platform', 'collect', 'ingest', 'fuse', 'share', 'apply'] as const;
export type Word = (typeof WORDS)[number];

export const LOCALES = ['zh-CN', 'en'] as const;
export const Locale = z.enum(LOCALES);
export type Locale = z.infer<typeof Locale>;

/** A text in both languages of the house; Chinese is the source. */
export const Bilingual = z.object({ zh: z.string(), en: z.string() });
export type Bilingual = z.infer<typeof Bilingual>;

/** Largest page any list endpoint returns. */
export const PAGE_ROWS_MAX = 500;

/** An opaque id of a row, UUID version 4 or 7. */
export const Id = z.uuid();
export type Id = z.infer<typeof Id>;

/** A moment, RFC 3339 with offset, milliseconds; answers are always in UTC (`…Z`). */
export const Instant = z.iso.datetime({ offset: true });
export type Instant = z.infer<typeof Instant>;

/**
 * Path of an organisation in the tree, labels joined by dots: `jx.nanchang.yuzhang-copper`.
 * A scope of `jx.nanchang` sees itself and everything below it.
 */
export const OrganisationPath = z
  .string()
  .max(200)
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'labels of a-z, 0-9 and -, joined by dots');
export type OrganisationPath = z.infer<typeof OrganisationPath>;

/** Query of every list endpoint: an opaque cursor from the page before, and a limit. */
export const PageQuery = z.object({
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_ROWS_MAX).default(50),
});
export type PageQuery = z.infer<typeof PageQuery>;

/** Answer of every list endpoint. `next` is null on the last page; `total` counts all rows the filter matches. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().nullable(), total: z.number().int() });
export type Page<Item> = { items: Item[]; next: string | null; total: number };
