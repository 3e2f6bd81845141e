/** Chinese name of a field and, where the name does not say it all, what to write. */
export type FieldText = readonly [label: string, help?: string];
export type FieldTexts = Readonly<Record<string, FieldText>>;

/**
 * Fields that mean the same in every protocol, by the end of their place. English takes the name of the key and the
 * words of the collector's own schema.
 */
export const SHARED_FIELDS: FieldTexts = {
  name: ['连接名称', '小写字母、数字和 -，在本采集器内唯一'],
  protocol: ['协议'],
  endpoint: ['地址', '设备或服务的地址'],
  intervalMs: ['采集周期（毫秒）', '一次读取到下一次读取的时间'],
  timeoutMs: ['超时（毫秒）', '等待一次应答的最长时间'],
  onChange: ['仅变化上传', '只送变化的值，每个点位至少每 10 秒送一次；关闭时每次读取都送'],
  username: ['用户名'],
  password: ['密码'],
  points: ['点位'],
  'points[].key': ['点位键', '点位在平台上的标识，在本组织内唯一'],
  'points[].name': ['点位名称', '人们怎么称呼它'],
  'points[].unit': ['单位', 'UCUM 代码，如 Cel、kPa、kW.h、m3/h'],
  'points[].equipment': ['所属设备', '点位所属机器的名称'],
  'points[].type': ['数据类型', '数值、开关或文本'],
  'points[].scale': ['倍率', '值 = 原始值 × 倍率 + 偏移'],
  'points[].offset': ['偏移', '乘以倍率之后再加'],
  deadband: ['死区', '变化小的数值不送'],
  'deadband.absolute': ['绝对死区', '以点位自己的单位计'],
  'deadband.percent': ['百分比死区', '占量程的百分之几'],
  'deadband.range': ['量程', '最低值和最高值，供百分比死区使用'],
  'deadband.heartbeatMs': ['最长间隔（毫秒）', '没有变化时也至少这么久送一次'],
  swingingDoor: ['旋转门压缩', '能用直线说明的值不送'],
  'swingingDoor.deviation': ['最大偏差', '不送的值与相邻保留值的连线相差不超过它'],
  'swingingDoor.heartbeatMs': ['最长间隔（毫秒）', '没有变化时也至少这么久送一次'],
  expectedIntervalMs: ['应到间隔（毫秒）', '超过三倍时间没有数据，点位记为坏值（silent）'],
};

/** Values of lists to choose from, where the word itself says too little. */
export const VALUE_TEXTS: Readonly<Record<string, string>> = {
  number: '数值',
  boolean: '开关',
  text: '文本',
  subscribe: '订阅',
  poll: '轮询',
  push: '接收推送',
  None: '无',
  Sign: '签名',
  SignAndEncrypt: '签名并加密',
  big: '高位在前',
  little: '低位在前',
  tcp: 'Modbus TCP',
  rtu: 'RTU 帧（透传串口服务器）',
  op: '操作面板',
  pg: '编程设备',
  basic: '基本',
  whole: '整个文件',
  append: '持续追加',
  keep: '保留',
  move: '移走',
  delete: '删除',
  skip: '略过',
  bad: '记为坏值',
  none: '无',
  bearer: '令牌',
  login: '登录取令牌',
  passive: '只听',
  active: '请求补发',
  primary: '主站',
  off: '不加密',
  verify: '加密并校验证书',
  unverified: '只加密',
};
