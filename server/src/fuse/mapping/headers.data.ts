import type { EnterpriseAttribute, IndicatorCode, PartTarget } from '@ronghe/contracts';

/** What a column may become; `period` is the month of the row. */
export type KnownTarget = EnterpriseAttribute | `indicator:${IndicatorCode}` | PartTarget | 'period';

/**
 * How sources head the columns: Chinese, initials of its pinyin, English. Written without blanks, `_` and units, in lower
 * case; `:0.7` says how surely the words mean it, 1 when nothing stands there. Sources: forms of market regulation, tax,
 * grid, customs, statistics and parks as they are published, and field names of public code.
 */
export const SYNONYMS: Readonly<Record<KnownTarget, string>> = {
  name: `企业名称 单位名称 公司名称 纳税人名称 用户名称 户名 客户名称 市场主体名称 经营主体名称 主体名称 单位详细名称 企业全称 公司全称
    单位全称 纳税人全称 企业单位名称 法人单位名称 机构名称 组织机构名称 企业中文名称 字号名称:0.8 用电户名 用电单位名称 用电客户名称 用电单位
    申报单位名称 填报单位名称 填报单位:0.9 申报单位:0.9 填报企业 申报企业 经营单位名称 经营单位:0.8 经营企业名称 收发货人名称 境内收发货人 境内收发货人名称
    生产销售单位:0.8 消费使用单位:0.8 企业户名 缴费单位 缴费户名 名称:0.85 企业:0.7 公司:0.7 单位:0.6 纳税人:0.8 入园企业 入驻企业 规上企业名称 参保单位名称 用水单位名称 用气单位名称 用热单位名称 用能单位名称 缴存单位名称 持证单位名称 许可单位名称 受检单位名称
    qymc qiyemingcheng dwmc danweimingcheng gsmc nsrmc yhmc khmc hm:0.8 ztmc jgmc dwxxmc mc:0.6 qyqc frdwmc
    companyname company enterprisename enterprise entname traname:0.5 orgname organizationname organisationname corpname corporationname firmname
    customername taxpayername businessname name:0.75 fullname:0.6 legalname accountname:0.6`,
  code: `统一社会信用代码 社会信用代码 信用代码 统一信用代码 统一代码 企业信用代码 社会统一信用代码 统一社会信用号 统一社会信用码 信用代码证号 信用代码注册号:0.9
    纳税人识别号 纳税识别号 税号 识别号:0.8 纳税人税号 统一社会信用代码纳税人识别号 纳税人识别号统一社会信用代码 统一社会信用代码18位 统一社会信用代码组织机构代码 组织机构代码:0.85 机构代码:0.75 法人代码:0.8 法人单位代码:0.85 企业代码:0.6 单位代码:0.6 代码:0.8
    注册号:0.75 工商注册号:0.75 营业执照号:0.8 营业执照号码:0.8 营业执照注册号:0.75 营业执照编号:0.75 执照号:0.7 经营单位代码:0.6
    tyshxydm shxydm xydm tyxydm nsrsbh sbh:0.7 zzjgdm:0.85 jgdm:0.7 yyzzh:0.8 zch:0.75 qydm:0.6 sh:0.6
    uscc code:0.7 uniscid uscicode creditcode unifiedsocialcreditcode uniformsocialcreditcode socialcreditcode unifiedcreditcode usci taxpayerid taxpayernumber
    taxid:0.9 taxno:0.9 orgcode:0.8 organizationcode:0.8 registrationnumber:0.75 regno:0.75 licenseno:0.7 businesslicense:0.7 companycode:0.6`,
  shortName: `简称 企业简称 公司简称 单位简称 名称简称 qyjc jc dwjc gsjc shortname abbreviation briefname companyshortname`,
  formerName: `曾用名 曾用名称 企业曾用名 原名称 原企业名称 变更前名称 历史名称 更名前名称 cym cymc ymc formername previousname oldname`,
  division: `行政区划代码 行政区划 区划代码 所在行政区划 所属行政区划 行政区划名称:0.95 区划:0.9 所在县区 所属县区 所在区县 区县 县区 县市区 所属地区:0.9 所在地区 所在区域:0.9
    所属区域:0.9 地区:0.8 区域:0.7 属地:0.8 所在地:0.7 所在县市区 所属县市区 注册地行政区划 所在地行政区划 登记区划 地区代码 区县代码 所在市县 设区市:0.75 地市:0.75 所属地市:0.75 所在市:0.75 所属设区市:0.75 所属行政区 行政区:0.9 所在县 所属县 市县区 县市区名称 区县名称 所属辖区:0.8 辖区:0.75
    xzqh xzqhdm qhdm ssqx szqx qx:0.7 dq:0.7 dqdm division divisioncode district county countycode region:0.8 regioncode areacode:0.7 area:0.5 districtcode adcode citycode:0.7 city:0.6`,
  park: `所在园区 所属园区 园区名称 园区 工业园区 所在开发区 所属开发区 开发区名称 开发区 产业园区 所在产业园 入驻园区 园区开发区名称
    szyq ssyq yqmc yq park parkname industrialpark zone:0.7`,
  address: `地址 住所 注册地址 企业地址 单位地址 公司地址 详细地址 企业住所 注册住所 登记住所 营业场所 经营场所:0.95 经营地址:0.95 生产经营地址:0.95 生产经营地:0.9 办公地址:0.9 注册地:0.8
    用电地址:0.85 通讯地址:0.7 通信地址:0.7 联系地址:0.75 主要经营场所 实际经营地址:0.9 生产地址:0.9 住所地址 厂址:0.9 单位所在地详细地址
    dz qydz zcdz zs dwdz jydz:0.9 scjydz:0.95 xxdz yddz:0.85 dom oploc:0.9 address addr companyaddress registeredaddress regaddress location:0.7 businessaddress:0.9`,
  industry: `行业代码 国民经济行业代码 国民经济行业 行业类别 所属行业 行业 行业名称:0.9 行业分类 行业门类大类:0.8 国民经济行业分类 国民经济行业类别 行业小类 行业小类代码 行业中类:0.9 行业大类:0.85 行业大类代码:0.85 主要行业 主营行业 行业类别代码 所属行业代码 行业编码 企业所属行业
    行业分类代码 用电行业分类:0.85 用电行业:0.85 用电类别:0.4 hydm hy hyfl hylb sshy hymc:0.9 gmjjhy hydl:0.85 industry industryco industrycode industrytype sector:0.7 industryname:0.9 industryclass siccode`,
  legalPerson: `法定代表人 法人代表 法人 法人姓名 法定代表人姓名 法人代表姓名 法定代表人负责人 法定代表人负责人姓名 法定代表人经营者 负责人 单位负责人 企业负责人 负责人姓名 企业法人 法定代表人名称 代表人:0.9 经营者:0.85 经营者姓名:0.9 投资人:0.6 执行事务合伙人:0.8
    fddbr fr frdb fddbrxm frxm fzr:0.85 qyfr lerep legalperson legalrepresentative legalrep legalpersonname representative:0.8 corporaterepresentative`,
  phone: `联系电话 电话 企业电话 单位电话 固定电话 座机 办公电话 企业联系电话 公司电话 单位联系电话 联系方式 电话号码 联系号码 企业联系方式 咨询电话:0.8 座机号码 注册电话 登记电话 用户电话:0.9 客户联系电话
    联系人电话:0.75 联系人联系电话:0.75 联系人手机:0.65 手机:0.7 手机号:0.7 手机号码:0.7 移动电话:0.7 联系手机:0.7 联系人及电话:0.6 联系人联系方式:0.7
    lxdh dh lxfs dhhm gddh bgdh qydh dwdh sjh:0.7 sjhm:0.7 lxrdh:0.75 phone telephone tel phonenumber contactphone contactnumber telno companytel officetel mobile:0.7 officephone companyphone`,
  established: `成立日期 成立时间 注册日期 注册时间 登记日期:0.9 设立日期 设立时间 企业成立日期 企业成立时间 开业日期:0.85 开业时间:0.85 创立日期 成立年月 开业成立时间 开业登记日期 公司成立日期 成立
    estdate clrq clsj zcrq zcsj slrq kyrq:0.85 djrq:0.8 established establishmentdate establisheddate founded foundingdate dateofestablishment registrationdate:0.9 regdate:0.85 establishedon registeredon:0.9 founddate datefounded setupdate incorporationdate`,
  registeredCapital: `注册资本 注册资金 注册资本金 注册资本总额 认缴注册资本 认缴资本:0.9 出资总额:0.8 开办资金:0.7 注册资本认缴 认缴出资额:0.85 投资总额:0.4
    zczb zczj registeredcapital regcap regcapital capital:0.8 registeredcapitalamount subscribedcapital:0.85`,
  employees: `从业人数 从业人员 从业人员数 职工人数 员工人数 员工数 员工总数 职工总数 用工人数 职工人数合计 用工总数 企业人数 在职人数 期末从业人数 从业人员期末人数 期末用工人数 年末从业人员 年末从业人数 职工数 在岗职工人数:0.8 参保人数:0.7 社保人数:0.7 人员规模:0.7 单位人数 人数:0.75
    平均用工人数:0.7 平均从业人数:0.7 从业人员平均人数:0.7 cyrs ygrs:0.9 zgrs ygs cyry cbrs:0.7 employees employeecount employeenumber numberofemployees staff staffcount headcount staffnumber workers:0.8`,
  revenue: `年营业收入 年度营业收入 全年营业收入 年收入 年销售收入 年主营业务收入 上年营业收入:0.85 上年度营业收入:0.85 营业收入:0.85 主营业务收入:0.8 营业总收入:0.8 销售收入:0.75 销售额:0.6 年销售额:0.85 年营收 营收:0.8
    nyysr nyysrwan nysr nxssr yysr:0.85 zyywsr:0.8 annualrevenue yearlyrevenue revenue:0.85 annualsales:0.8 turnover:0.75 operatingrevenue:0.8 operatingincome:0.7 annualturnover income:0.5 sales:0.6`,
  size: `企业规模 规模 单位规模 规模类型 企业规模类型 企业划型 划型 规模类别 企业规模划型 企业类型规模:0.7 qygm gm:0.8 dwgm enterprisesize companysize size:0.75 sizeclass scale:0.75`,
  period: `报告期 统计期 数据期 报告期别 统计月份 所属期间 缴费月份:0.9 缴费所属期 报告月份 数据月份 统计年月 数据年月 年月 月份 所属期 税款所属期 所属月份 所属年月 申报所属期 申报月份:0.9 账期 电费年月 用电年月 用电月份 抄表月份:0.9 抄表年月:0.9 期别 期间:0.8 会计期间 统计期间 填报月份 填报期 月度 报表期 报表月份 所属期止:0.8 税款所属期止:0.8 所属期起:0.65 税款所属期起:0.65 进出口月份 统计时间:0.75 时间:0.5 日期:0.45
    bgq tjq sjq ny yf tjny tjyf bgny sjny ssq skssq skssqz:0.8 skssqq:0.65 dfny ydny bsny zq qb ssny period reportperiod reportingperiod month yearmonth statmonth statisticmonth reportmonth billingmonth datamonth taxperiod ym date:0.4`,
  'indicator:GROSS_OUTPUT': `工业总产值 总产值 现价工业总产值 工业总产值现价 工业总产值当年价格 当年价工业总产值 产值 工业产值 规上工业总产值 gyzcz zcz cz:0.7 grossoutput industrialoutput grossindustrialoutput outputvalue output:0.7`,
  'indicator:SALES_OUTPUT': `工业销售产值 销售产值 工业销售产值当年价格 gyxscz xscz salesoutput salesoutputvalue industrialsalesoutput`,
  'indicator:EXPORT_DELIVERY': `出口交货值 工业出口交货值 ckjhz exportdelivery exportdeliveryvalue`,
  'indicator:REVENUE': `营业收入 主营业务收入 营业总收入:0.9 销售收入:0.8 营收 yysr zyywsr revenue operatingrevenue mainbusinessincome operatingincome:0.8 年营业收入:0.4 sales:0.6 turnover:0.7`,
  'indicator:COST': `营业成本 主营业务成本 yycb zyywcb operatingcost costofsales cost:0.8 costofrevenue`,
  'indicator:PROFIT': `利润总额 利润:0.8 税前利润 利润总额亏损以填列 实现利润:0.85 lrze lr:0.7 totalprofit profit:0.85 profittotal profitbeforetax`,
  'indicator:RD_EXPENSE': `研发费用 研究开发费用 研发投入 研发经费 研发支出 研究与试验发展经费:0.9 rd经费 rd费用 r&d经费 r&d费用 研发费用合计 yffy yftr yanfafeiyong rdexpense rdexpenses rdcost researchanddevelopmentexpense rdinvestment`,
  'indicator:ELECTRICITY': `用电量 工业用电量 电量 售电量 结算电量 月用电量 当月用电量 本月用电量 总电量 总用电量 合计电量 有功电量:0.8 计费电量 抄见电量:0.85 用电量合计 全社会用电量:0.5 ydl gyydl dl:0.7 jsdl sdl electricity electricityconsumption powerconsumption electricityusage powerusage energyconsumption:0.4 kwh:0.7`,
  'indicator:ASSETS': `资产总计 资产总额 总资产 期末资产总计 资产合计 资产总计期末 zczj:0.7 zcze zzc totalassets assets`,
  'indicator:LIABILITIES': `负债合计 负债总额 总负债 负债总计 期末负债合计 fzhj fzze zfz totalliabilities liabilities`,
  'indicator:EMPLOYEES_AVG': `平均用工人数 平均从业人数 从业人员平均人数 全部从业人员平均人数 平均用工人数人 年平均用工人数:0.9 平均职工人数 平均人数 pjygrs pjcyrs averageemployees avgemployees averageworkers averagestaff`,
  'indicator:CAPACITY_UTIL': `产能利用率 工业产能利用率 产能利用 生产能力利用率 cnlyl capacityutilization capacityutilisation capacityutil capacityuse utilizationrate:0.6`,
  'indicator:SELLING_EXPENSE': `销售费用 营业费用:0.8 xsfy sellingexpense sellingexpenses`,
  'indicator:ADMIN_EXPENSE': `管理费用 glfy adminexpense administrativeexpense administrativeexpenses`,
  'indicator:FINANCE_EXPENSE': `财务费用 cwfy financeexpense financialexpense financialexpenses`,
  'indicator:INVENTORY': `产成品存货 产成品 期末产成品存货 ccpch ccp finishedgoods finishedgoodsinventory`,
  'plant:name': `厂区名称 厂区 生产厂区 厂区名 生产基地名称 厂房名称:0.7 plantname:0.9 factoryname:0.7`,
  'plant:address': `厂区地址 厂区详细地址 生产厂区地址 plantaddress`,
  'plant:division': `厂区所在区划 厂区行政区划 厂区区划代码`,
  'plant:area': `厂区占地面积 厂区面积 plantarea`,
  'plant:use': `厂区用途 厂区类型 plantuse`,
  'equipment:name': `设备名称 主要设备名称 生产设备名称 装备名称 仪器设备名称 sbmc equipmentname devicename machinename`,
  'equipment:code': `设备编号 设备编码 设备代码 资产编号:0.7 sbbh sbbm equipmentcode equipmentno deviceid:0.8 devicecode machineno`,
  'equipment:category': `设备类别 设备类型 设备分类 sblb sblx equipmenttype equipmentcategory devicetype`,
  'equipment:model': `设备型号 规格型号 设备规格型号 型号规格 sbxh ggxh equipmentmodel devicemodel`,
  'equipment:maker': `设备制造商 设备生产厂家 制造厂家 设备厂家 设备制造单位 equipmentmaker manufacturer:0.7`,
  'equipment:installed': `设备投用日期 投用日期 启用日期:0.8 安装日期:0.7 设备启用日期 tyrq commissioneddate installdate:0.8`,
  'equipment:plant': `设备所在厂区 安装厂区 设备所属厂区 安装位置:0.6`,
  'product:name': `产品名称 主要产品名称 主要产品 产品名 cpmc zycp productname mainproduct`,
  'product:code': `产品代码 产品编码 产品编号 cpdm cpbm productcode productid:0.8`,
  'product:unit': `产品计量单位 产品单位 productunit`,
  'product:capacity': `年生产能力 设计年产能 年产能 设计产能:0.9 生产能力:0.8 productioncapacity annualcapacity`,
  'person:name': `安全负责人 安全负责人姓名 生产负责人姓名 负责人员姓名 值班负责人`,
  'person:post': `负责人职务 职务 岗位:0.7 zw:0.6 jobtitle`,
  'person:phone': `负责人联系方式`,
  'person:email': `负责人邮箱`,
  'relation:parent': `上级单位 上级单位名称 上级公司 上级公司名称 上级企业名称 母公司 母公司名称 所属集团 所属集团名称 总公司名称 隶属单位:0.8 主管单位名称:0.5 sjdw sjdwmc mgsmc parentcompany parentname parententerprise`,
  'relation:parentCode': `上级单位统一社会信用代码 上级单位信用代码 上级单位代码:0.8 母公司信用代码 母公司统一社会信用代码 parentcode`,
  'relation:shareholder': `股东 股东名称 股东姓名 股东名称姓名 出资人 出资人名称 投资人名称 投资方 投资方名称 发起人:0.7 gdmc shareholder shareholdername investorname`,
  'relation:shareholderCode': `股东统一社会信用代码 股东信用代码 股东证照号码:0.7 出资人信用代码 shareholdercode`,
  'relation:share': `出资比例 持股比例 股权比例 认缴出资比例 出资占比 cgbl czbl shareratio shareholdingratio sharepercentage`,
  'indicator:RECEIVABLES': `应收账款 应收帐款 期末应收账款 应收账款净额:0.9 yszk accountsreceivable receivables`,
};

/** Words that a header may carry round its noun without meaning something else. */
export const BENIGN = new Set(
  `企业 单位 公司 本企业 本单位 市场主体 主体 纳税人 用户 客户 法人单位 工业 规上工业 规上 全部 现 现有 主要 基本 企业基本 中文 完整 实际 最新 当前 必填 填写 信息 情况 数 值 额 总额 合计 人 名 个 元 代码 号 号码 名称 姓名 详细 全称 盖章 公章 单位盖章 期末 年末 本期 报告 年月日 格式 如 可选 选填 enterprise company org corp customer taxpayer the cn zh no num number id value total current`.split(
    /\s+/,
  ),
);

/** The words that say of which time an amount is. */
export const CUMULATIVE =
  /本年累计|累计|(?:^|[^\d])1\s?[-—~至到]\s?(?:本|当|报告|\d{1,2}|n)?月|ytd|cumulative|_lj$|^lj|bnlj/i;
export const OF_THE_MONTH = /本月|当月|单月|monthly|currentmonth|_by$|_dy$|^dy/i;
export const SAME_PERIOD = /同期|tqs?$|sntq|同比基数|lastyear|samelast|previousyear|_ly$|prioryear/i;
export const LAST_YEAR = /上年度?|去年|上一年/;
/** What is said of the time of an amount and is taken off before words are compared. */
export const TIMES =
  /本年累计|本期累计|自年初累计|累计数?|1\s?[-—~至到]\s?(?:本|当|报告|\d{1,2}|n)?月|本年|本月|当月|单月|本期|报告期(?=.)|期末数?|年末数?|20\d{2}年(?:度)?|\d{1,2}月(?:份)?(?=.)|_?(?:ytd|lj|bnlj|by|dy)$/gi;

/**
 * Headers that look like one of ours and mean something else, with what they mean. They are kept as columns of their own.
 * A header that is a synonym word for word is none of these.
 */
export const DECOYS: readonly (readonly [pattern: RegExp, zh: string, en: string])[] = [
  [
    /同期|sntq|samelast|lastyear(?!.*end)|previousyear|prioryear|(?:^|_)tq/i,
    '是上年同期的数',
    'of the same time last year',
  ],
  [
    /增长|增速|增幅|同比|环比|增减|升降|growth|yoy|mom(?:$|_)|tbzz|(?:^|_)zf$/i,
    '是变化率',
    'a rate of change',
  ],
  [
    /占比|比重|比例|负债率|利润率|利税率|回报率|税率|合格率|产销率|(?:^|[_\s])(?:ratio|margin)(?:$|[_\s])/i,
    '是比率',
    'a ratio',
  ],
  [/计划|目标|预计|预测|预算|拟建|plan(?!t)|target|forecast|budget/i, '是计划数', 'a plan'],
  [/年初|期初|上月|上期|上季/i, '是以前时点的数', 'of an earlier time'],
  [
    /(?:法人|法定代表人|代表人|负责人|财务|会计|办税|经办|填表|填报人|安全|统计|业主|股东|厂长|经理|fddbr|^fr|legal|owner|manager|accountant).*(?:电话|手机|联系方式|号码|dh$|sj$|sjh|phone|mobile|tel)/i,
    '是个人的电话',
    'the phone of a person',
  ],
  [/身份证|证件号|证件类型|sfzh|idcard|identity|护照/i, '是个人的证件', 'a document of a person'],
  [/传真|fax/i, '是传真', 'a fax number'],
  [/邮编|邮政编码|yzbm|zip|postcode|postal/i, '是邮政编码', 'a postcode'],
  [/邮箱|电子邮件|e-?mail|dzyx/i, '是电子邮箱', 'an e-mail address'],
  [/网址|网站|website|url/i, '是网址', 'a web address'],
  [
    /联系人(?!.*(?:电话|手机|方式))|lxr$|contactperson|contactname|经办人|填报人|填表人|统计负责人|财务负责人|办税人/i,
    '是联系人或经办人',
    'a contact, not the legal representative',
  ],
  [
    /(?:产品|商品|货物|项目|材料|原料|设备|部门|车间|股东|银行|品牌|税种|税目|征收品目|科目|指标|线路|台区|变电站|口岸|协会|证书|专利|集团|课题|学校|规格).*(?:名称|mc$|name$)|(?:product|goods|item|project|material|device|brand|bank|shareholder)_?name/i,
    '是别的事物的名称',
    'the name of something else',
  ],
  [/(?:计量|数量|金额|货币|产品|统计)单位|计量|jldw|unit$|uom/i, '是计量单位', 'a unit of measure'],
  [
    /供电(?:单位|公司|局|所)|gddw|税务机关|税务局|主管(?:单位|部门|税务)|上级|母公司|控股|股东|登记机关|发证机关|管理单位|主管海关|申报地海关|swjg|djjg|regorg|authority|parentcompany/i,
    '是主管或上级单位',
    'an authority or a parent',
  ],
  [/开户|账号|帐号|bank/i, '是银行信息', 'about a bank account'],
  [
    /户号|用户编号|客户编号|电表|表号|合同号|报关单号|海关(?:注册)?编码|海关备案|海关十位|档案号|yhbh|khbh|hh$|meter|customs?code|hscode/i,
    '是别的号码',
    'another number',
  ],
  [/经营范围|主营业务(?!收入|成本)|主要产品|jyfw|business_?scope/i, '是经营内容', 'what it does'],
  [/经营状态|登记状态|企业状态|状态|jyzt|status|state$/i, '是状态', 'a state'],
  [
    /企业类型|登记注册类型|登记类型|注册类型|主体类型|经济类型|单位类型|法人类型|qylx|djzclx|type$/i,
    '是类型',
    'a type',
  ],
  [/是否|^is_|^sf[a-z]/i, '是是否判断', 'yes or no'],
  [/币种|currency|bz$/i, '是币种', 'a currency'],
  [/实收资本|实缴|paid_?in/i, '是实缴资本，不是注册资本', 'paid-in capital'],
  [/净利润|营业利润|毛利|net_?profit|operating_?profit|gross_?profit/i, '不是利润总额', 'not total profit'],
  [
    /流动资产|固定资产|无形资产|净资产|资产净额|currentassets|fixedassets|netassets/i,
    '不是资产总计',
    'not total assets',
  ],
  [/流动负债|长期负债|非流动负债|currentliabilities/i, '不是负债合计', 'not total liabilities'],
  [/其他业务|营业外|财政收入|税收收入|利息收入|应税收入/i, '不是营业收入', 'not operating revenue'],
  [
    /(?:峰|谷|平|尖)(?:段|时|期)?(?:用)?电量|无功|电费|发电量|线损|变压器|容量|peak|valley|generat/i,
    '不是总用电量',
    'not the electricity used in all',
  ],
  [
    /核准日期|注销|吊销|期限|有效期|填报日期|填报时间|填表日期|更新|创建|录入|入库|申报日期|发证|抄表日期|入园|投产|update|create|expire|modified|etl|核准时间|变更日期|缴款|入驻日期|备案日期|进出口日期|放行日期/i,
    '是别的日期',
    'another date',
  ],
  [/年份|年度$|^年$|季度|quarter|^year$|^nf$|^nd$/i, '是年或季度', 'a year or quarter'],
  [/国别|国家|贸易国|产销国|起运|目的国|country/i, '是国家', 'a country'],
  [/门类/i, '是行业门类，只有字母', 'a section of industries, a letter'],
  [/残疾|女性|女职工|大专|本科|研发人员|技术人员|科研人员|党员|退休/i, '是部分人员', 'some of the staff'],
  [/工资|薪酬|salary|wage/i, '是工资', 'pay'],
];
