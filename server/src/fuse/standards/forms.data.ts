/** How a body is organised, by the ending of its name. */
export type FormKind =
  | 'company'
  | 'group'
  | 'partnership'
  | 'cooperative'
  | 'factory'
  | 'bank'
  | 'institution'
  | 'business'
  | 'foreign';

/**
 * Endings that name the form, with what they are compared as and the kind. Conversion and carelessness change the form of
 * a company often (有限责任公司 and 有限公司 are one), so those are unified and others kept.
 */
export const FORMS: readonly (readonly [ending: string, unified: string, kind: FormKind])[] = [
  ['股份有限责任公司', '股份有限公司', 'company'],
  ['股份有限公司', '股份有限公司', 'company'],
  ['有限责任公司', '有限公司', 'company'],
  ['有限公司', '有限公司', 'company'],
  ['股份公司', '股份有限公司', 'company'],
  ['责任公司', '有限公司', 'company'],
  ['总公司', '总公司', 'company'],
  ['公司', '公司', 'company'],
  ['集团', '集团', 'group'],
  ['农民专业合作社联合社', '农民专业合作社联合社', 'cooperative'],
  ['农民专业合作社', '农民专业合作社', 'cooperative'],
  ['专业合作社', '专业合作社', 'cooperative'],
  ['合作社', '合作社', 'cooperative'],
  ['供销社', '供销社', 'cooperative'],
  ['信用社', '信用社', 'bank'],
  ['银行', '银行', 'bank'],
  ['合伙企业', '合伙企业', 'partnership'],
  ['个人独资企业', '个人独资企业', 'business'],
  ['事务所', '事务所', 'partnership'],
  ['总厂', '总厂', 'factory'],
  ['工厂', '工厂', 'factory'],
  ['加工厂', '加工厂', 'factory'],
  ['厂', '厂', 'factory'],
  ['煤矿', '煤矿', 'factory'],
  ['矿', '矿', 'factory'],
  ['农场', '农场', 'factory'],
  ['林场', '林场', 'factory'],
  ['养殖场', '养殖场', 'factory'],
  ['电站', '电站', 'factory'],
  ['水电站', '水电站', 'factory'],
  ['加油站', '加油站', 'business'],
  ['加工部', '加工部', 'business'],
  ['经营部', '经营部', 'business'],
  ['经销部', '经销部', 'business'],
  ['门市部', '门市部', 'business'],
  ['服务部', '服务部', 'business'],
  ['维修部', '维修部', 'business'],
  ['批发部', '批发部', 'business'],
  ['工作室', '工作室', 'business'],
  ['商行', '商行', 'business'],
  ['商店', '商店', 'business'],
  ['超市', '超市', 'business'],
  ['作坊', '作坊', 'business'],
  ['店', '店', 'business'],
  ['研究院', '研究院', 'institution'],
  ['研究所', '研究所', 'institution'],
  ['设计院', '设计院', 'institution'],
  ['大学', '大学', 'institution'],
  ['学院', '学院', 'institution'],
  ['学校', '学校', 'institution'],
  ['医院', '医院', 'institution'],
  ['中心', '中心', 'institution'],
  ['协会', '协会', 'institution'],
  ['管理委员会', '管理委员会', 'institution'],
  ['CO.,LTD.', 'LTD', 'foreign'],
  ['CO.,LTD', 'LTD', 'foreign'],
  ['LIMITED', 'LTD', 'foreign'],
  ['LTD.', 'LTD', 'foreign'],
  ['LTD', 'LTD', 'foreign'],
  ['CORPORATION', 'CORPORATION', 'foreign'],
  ['CORP.', 'CORPORATION', 'foreign'],
  ['INC.', 'INC', 'foreign'],
  ['INC', 'INC', 'foreign'],
  ['GMBH', 'GMBH', 'foreign'],
  ['PLC', 'PLC', 'foreign'],
  ['LLC', 'LLC', 'foreign'],
  ['S.A.', 'SA', 'foreign'],
];

/** Forms in brackets at the end of a name. */
export const BRACKET_FORMS: readonly string[] = [
  '有限合伙',
  '普通合伙',
  '特殊普通合伙',
  '个人独资',
  '股份合作制',
];

/** Endings of a body that belongs to another one and is no legal person. Longest first within a kind. */
export const BRANCH_ENDINGS: readonly (readonly [ending: string, kind: string])[] = [
  ['分公司', 'branch'],
  ['支公司', 'branch'],
  ['分行', 'branch'],
  ['支行', 'branch'],
  ['分理处', 'branch'],
  ['分店', 'branch'],
  ['分社', 'branch'],
  ['分院', 'branch'],
  ['分所', 'branch'],
  ['分部', 'branch'],
  ['分厂', 'plant'],
  ['分矿', 'plant'],
  ['工厂', 'plant'],
  ['制造厂', 'plant'],
  ['加工厂', 'plant'],
  ['冶炼厂', 'plant'],
  ['选矿厂', 'plant'],
  ['办事处', 'office'],
  ['代表处', 'office'],
  ['联络处', 'office'],
  ['营业部', 'office'],
  ['经营部', 'office'],
  ['门市部', 'office'],
  ['项目部', 'office'],
  ['事业部', 'office'],
  ['加油站', 'office'],
];
