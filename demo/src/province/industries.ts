/** An industry class of GB/T 4754-2017 as the invented enterprises use it. */
export type Industry = {
  /** four digits */
  code: string;
  name: string;
  /** one of the six key industries, or null */
  keyIndustry: string | null;
  /** words of trade that stand in enterprise names */
  trades: readonly string[];
  /** electricity for a revenue of 10,000 yuan, kW.h: smelters burn far more than assemblers */
  electricityPerWan: number;
};

const industry = (
  code: string,
  name: string,
  keyIndustry: string | null,
  trades: readonly string[],
  electricityPerWan: number,
): Industry => ({ code, name, keyIndustry, trades, electricityPerWan });

/** The first six are the key industries of the six plants, in the order of `PLANTS`. */
export const INDUSTRIES: readonly Industry[] = [
  industry('3211', '铜冶炼', 'nonferrous', ['铜业', '有色金属'], 260),
  industry('2710', '化学药品原料药制造', 'biomedicine', ['生物医药', '制药'], 180),
  industry('1711', '棉纺纱加工', 'textile', ['纺织', '棉纺'], 420),
  industry('3422', '金属成形机床制造', 'equipment', ['机械', '重型机床'], 150),
  industry('3982', '电子电路制造', 'electronics', ['电子科技', '线路板'], 210),
  industry('3744', '航空相关设备制造', 'aviation', ['航空装备', '航空精密'], 140),
  industry('3252', '铝压延加工', 'nonferrous', ['铝业', '新材料'], 480),
  industry('2761', '生物药品制造', 'biomedicine', ['生物制品', '基因药业'], 120),
  industry('1819', '其他机织服装制造', 'textile', ['服饰', '制衣'], 60),
  industry('3811', '发电机及发电机组制造', 'equipment', ['电机', '机电装备'], 110),
  industry('3974', '显示器件制造', 'electronics', ['光电', '显示科技'], 230),
  industry('3011', '水泥制造', null, ['水泥', '建材'], 620),
  industry('2631', '化学农药制造', null, ['农化', '化工'], 300),
  industry('3071', '建筑陶瓷制品制造', null, ['陶瓷', '瓷业'], 350),
  industry('1393', '蛋品加工', null, ['食品', '农业'], 70),
];

/** The industry with a code. @throws RangeError when the demo does not know it */
export function industryOf(code: string): Industry {
  const found = INDUSTRIES.find((candidate) => candidate.code === code);
  if (!found) throw new RangeError(`no industry ${code}`);
  return found;
}
