import { z } from 'zod';
import { type Bilingual, Id } from './common.ts';
import { ENTERPRISE_ATTRIBUTES, type EnterpriseAttribute } from './fuse.ts';

type Attribute = Bilingual & {
  /** named rule of fuse/standards that a column of it takes */
  transform: 'text' | 'name' | 'code' | 'date' | 'phone' | 'number' | 'division';
  /** quantity of a number */
  quantity?: 'area' | 'ratio';
};

/**
 * What a row may tell beside an enterprise's own attributes, as targets of a mapping: `equipment:name`, `person:phone`,
 * `relation:shareholder` … A row names its enterprise by `name` or `code` as every row does.
 */
export const PART_TARGETS = {
  plant: {
    name: { zh: '厂区名称', en: 'Plant', transform: 'text' },
    address: { zh: '厂区地址', en: 'Address of the plant', transform: 'text' },
    division: { zh: '厂区所在区划', en: 'Division of the plant', transform: 'division' },
    area: {
      zh: '厂区占地面积（平方米）',
      en: 'Area of the plant (m²)',
      transform: 'number',
      quantity: 'area',
    },
    use: { zh: '厂区用途', en: 'Use of the plant', transform: 'text' },
  },
  equipment: {
    name: { zh: '设备名称', en: 'Equipment', transform: 'text' },
    code: { zh: '设备编号', en: 'Equipment number', transform: 'text' },
    category: { zh: '设备类别', en: 'Equipment category', transform: 'text' },
    model: { zh: '规格型号', en: 'Model', transform: 'text' },
    maker: { zh: '制造商', en: 'Maker', transform: 'text' },
    installed: { zh: '投用日期', en: 'In use since', transform: 'date' },
    plant: { zh: '设备所在厂区', en: 'Plant of the equipment', transform: 'text' },
  },
  product: {
    name: { zh: '产品名称', en: 'Product', transform: 'text' },
    code: { zh: '产品代码', en: 'Product code', transform: 'text' },
    unit: { zh: '产品计量单位', en: 'Unit of the product', transform: 'text' },
    capacity: { zh: '年生产能力', en: 'Capacity a year', transform: 'number' },
  },
  person: {
    name: { zh: '负责人姓名', en: 'Person in charge', transform: 'text' },
    post: { zh: '负责人职务', en: 'Post', transform: 'text' },
    phone: { zh: '负责人电话', en: 'Phone of the person', transform: 'text' },
    email: { zh: '负责人邮箱', en: 'E-mail of the person', transform: 'text' },
  },
  relation: {
    parent: { zh: '上级单位', en: 'Parent enterprise', transform: 'name' },
    parentCode: { zh: '上级单位信用代码', en: 'Code of the parent enterprise', transform: 'code' },
    shareholder: { zh: '股东', en: 'Shareholder', transform: 'name' },
    shareholderCode: { zh: '股东信用代码', en: 'Code of the shareholder', transform: 'code' },
    share: { zh: '出资比例（%）', en: 'Share (%)', transform: 'number', quantity: 'ratio' },
  },
} as const satisfies Record<string, Record<string, Attribute>>;
export type PartGroup = keyof typeof PART_TARGETS;
export type PartTarget = {
  [Group in PartGroup]: `${Group}:${keyof (typeof PART_TARGETS)[Group] & string}`;
}[PartGroup];

/** Every target of `PART_TARGETS` with its description, in reading order. */
export const PART_TARGET_LIST: readonly (Attribute & { target: PartTarget; group: PartGroup })[] =
  Object.entries(PART_TARGETS).flatMap(([group, attributes]) =>
    Object.entries(attributes as Record<string, Attribute>).map(([name, attribute]) => ({
      ...attribute,
      target: `${group}:${name}` as PartTarget,
      group: group as PartGroup,
    })),
  );
export const PART_GROUPS = {
  plant: { zh: '厂区', en: 'Plants' },
  equipment: { zh: '设备', en: 'Equipment' },
  product: { zh: '产品', en: 'Products' },
  person: { zh: '负责人', en: 'People in charge' },
  relation: { zh: '企业关系', en: 'Relations' },
} as const satisfies Record<PartGroup, Bilingual>;

/** What an enterprise has, one line each. People are kept apart because they are sensitive. */
export const THING_KINDS = ['plant', 'equipment', 'product'] as const;
export type ThingKind = (typeof THING_KINDS)[number] | 'person';

/** One value of a thing with where it came from. */
export const ThingValue = z.object({
  attribute: z.string().describe('a name of `PART_TARGETS` of the kind'),
  value: z.string(),
  raw: z.string().describe('what the source said; hidden with a masked value'),
  source: Id,
  sourceName: z.string(),
  run: Id,
  rowKey: z.string(),
  field: z.string(),
});
export type ThingValue = z.infer<typeof ThingValue>;
/** A plant, a piece of equipment or a product of an enterprise. */
export const Thing = z
  .object({
    kind: z.enum(THING_KINDS),
    key: z.string().describe('names it within the enterprise: its number, else its name'),
    values: z.array(ThingValue),
    sources: z.number().int().describe('how many sources know it'),
  })
  .meta({ id: 'Thing' });
export type Thing = z.infer<typeof Thing>;
export const THINGS_MAX = 2_000;
export const ThingQuery = z.object({ kind: z.enum(THING_KINDS).optional() });
export const ThingList = z
  .object({
    items: z.array(Thing),
    more: z.boolean().describe(`there are more than ${THINGS_MAX} of a kind`),
  })
  .meta({ id: 'ThingList' });
export type ThingList = z.infer<typeof ThingList>;

/** A person in charge. `masked`: names and numbers are shortened as 张** and 138****1234. */
export const PersonInCharge = z
  .object({ key: z.string(), masked: z.boolean(), values: z.array(ThingValue) })
  .meta({ id: 'PersonInCharge' });
export type PersonInCharge = z.infer<typeof PersonInCharge>;
export const PersonQuery = z.object({
  reason: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .optional()
    .describe('asks for the values themselves (`fuse:person:read`); it is kept in the audit log'),
});
export type PersonQuery = z.infer<typeof PersonQuery>;
export const PersonList = z
  .object({ items: z.array(PersonInCharge), masked: z.boolean() })
  .meta({ id: 'PersonList' });
export type PersonList = z.infer<typeof PersonList>;

/** A park as enterprises name it, with sums over those that the caller may see. */
export const Park = z
  .object({
    name: z.string(),
    city: z.string().nullable().describe('city of most of its enterprises'),
    enterprises: z.number().int(),
    revenue: z.number().describe('sum, 10,000 CNY a year'),
    employees: z.number(),
    equipment: z.number().int(),
    completeness: z.number().nullable().describe('mean, 0 to 100'),
  })
  .meta({ id: 'Park' });
export type Park = z.infer<typeof Park>;
export const PARKS_MAX = 1_000;
export const ParkList = z.object({ items: z.array(Park), more: z.boolean() }).meta({ id: 'ParkList' });
export type ParkList = z.infer<typeof ParkList>;

const OTHER_PARTS = {
  indicators: { zh: '月度指标', en: 'Monthly indicators' },
  plant: PART_GROUPS.plant,
  equipment: PART_GROUPS.equipment,
  product: PART_GROUPS.product,
  person: PART_GROUPS.person,
  shareholder: PART_TARGETS.relation.shareholder,
} as const satisfies Record<string, Bilingual>;
/** What a profile may be expected to hold: attributes of the golden record and parts of other kinds. */
export const PROFILE_PARTS: Readonly<Record<ProfilePart, Bilingual>> = {
  ...ENTERPRISE_ATTRIBUTES,
  ...OTHER_PARTS,
};
export type ProfilePart = EnterpriseAttribute | keyof typeof OTHER_PARTS;
export const PROFILE_PART_NAMES = Object.keys(PROFILE_PARTS) as [ProfilePart, ...ProfilePart[]];

/** How far the profile of one enterprise is filled, and where what is missing could come from. */
export const EnterpriseProfile = z
  .object({
    enterprise: Id,
    score: z
      .number()
      .nullable()
      .describe('0 to 100, share of the weights that are filled; null until it was counted'),
    version: z.number().int().describe('version of the reference data `completeness` it was counted by'),
    parts: z.array(
      z.object({
        part: z.enum(PROFILE_PART_NAMES),
        weight: z.number(),
        filled: z.boolean(),
        sources: z
          .array(z.object({ id: Id, name: z.string(), field: z.string() }))
          .describe('of what is missing: sources that bring it for other enterprises'),
        templates: z.array(z.string()).describe('of what is missing: keys of connector templates that would'),
      }),
    ),
  })
  .meta({ id: 'EnterpriseProfile' });
export type EnterpriseProfile = z.infer<typeof EnterpriseProfile>;

const Filled = z.object({ enterprises: z.number().int(), score: z.number().nullable() });
/** Completeness over the enterprises that the caller may see. */
export const ProfileOverview = Filled.extend({
  cities: z.array(Filled.extend({ code: z.string(), name: z.string() })),
  keyIndustries: z.array(Filled.extend({ key: z.string() })),
  parts: z.array(
    z.object({
      part: z.enum(PROFILE_PART_NAMES),
      weight: z.number(),
      share: z.number().describe('of the enterprises, 0 to 1'),
    }),
  ),
}).meta({ id: 'ProfileOverview' });
export type ProfileOverview = z.infer<typeof ProfileOverview>;
