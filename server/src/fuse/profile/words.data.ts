/** Family names that stand in front of a person's name, the frequent ones first; two characters each at the end. */
export const FAMILY_NAMES =
  '王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付傅方邹熊白孟秦邱侯江尹薛闫阎段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤赖文康洪温樊葛俞易聂章柯鲁严甘饶欧詹涂游梅裴辛卓舒喻施盛艾占晏刁揭帅卞揭敖欧阳上官诸葛司徒';
const TWO = ['欧阳', '上官', '诸葛', '司徒', '司马', '皇甫', '令狐', '夏侯'];
const ONE = new Set(FAMILY_NAMES.slice(0, -8));

/** Words of two to four characters that begin like a name and are none. */
const NOT_PERSONS =
  /(?:[省市县区乡镇村路街]|公司|集团|工业|制造|产业|行业|企业|单位|部门|中心|[型级类费率额量])$|^(?:高新|高压|高端|金属|江西|方法|石油|石材|文化|文教|康复|常用|常规|万元|白酒|温度|游戏|黄金|黄色|马达|龙头|金融|江苏|江南|江北|武汉|温州|洪都)/;

export const isPersonName = (text: string): boolean =>
  /^\p{Script=Han}{2,4}(?:·\p{Script=Han}{1,8})?$/u.test(text) &&
  (ONE.has(text[0] ?? '')
    ? text.length <= 3 || TWO.includes(text.slice(0, 2))
    : TWO.includes(text.slice(0, 2))) &&
  !NOT_PERSONS.test(text);

/** Headers that say what the values are where the values alone leave it open. */
export const HEADER_HINTS = {
  period:
    /(?:报告期|统计期|所属期|税款期|账期|期间|期别|年月|月份|数据期|月度|period|^bgq$|^ssq$|^ny$|^yf$|month|^期$)/i,
  date: /(?:日期|时间|年月日|_at$|date|establish|founded|birth|dob|rq$|sj$|^成立)/i,
  division:
    /(?:区划|区域|地区|行政|所在[省市县区地]|county|district|division|region|xzqh|^市$|^县|^区县|city)/i,
  industry: /(?:行业|产业|industry|hydm|^hy$|^sshy)/i,
  phone: /(?:电话|手机|联系方式|座机|phone|mobile|tel|lxdh|lxfs|sjh)/i,
  person:
    /(?:法定代表人|法人代表|法人姓名|^法人$|负责人|联系人|经办人|填报人|填表人|姓名|经营者|代表人|办税人|财务主管|contact(?!.*(?:phone|tel))|person|fddbr|^fr$|lxr|fzr|representative)/i,
  identity: /(?:身份证|证件号|identity|id_?card|sfzh)/i,
  boolean: /(?:是否|^is_|^has_|^sf)/i,
  number: /(?:金额|收入|数量|产值|成本|利润|资本|人数|电量|税额|费用|面积|价格|amount|count|total|revenue)/i,
  account: /(?:银行账号|银行帐号|账号|帐号|bank_?account|yhzh)/i,
  key: /(?:编号|编码|序号|户号|流水|单号|主键|^id$|_id$|号$|码$|代码|^no\.?$|bh$|xh$|code$|key$)/i,
} as const;
export type Hint = keyof typeof HEADER_HINTS;
