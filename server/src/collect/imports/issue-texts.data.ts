import type { Bilingual } from '@ronghe/contracts';

const text = (zh: string, en: string): Bilingual => ({ zh, en });

/** What an import may say of a file, by code: what is the matter, and what to do. */
export const ISSUE_TEXTS = {
  // the whole
  'points-over': text(
    '点位超过 {max} 个，其余未导入；请拆分文件',
    'More than {max} points; the others are left out. Divide the file',
  ),
  'connections-over': text(
    '连接超过 {max} 个，其余未导入；请拆分文件',
    'More than {max} connections; the others are left out. Divide the file',
  ),
  'connection-points-over': text(
    '一个连接最多 {max} 个点位，其余未导入；请拆分为多个连接',
    'A connection holds at most {max} points; the others are left out. Divide them among connections',
  ),
  'too-deep': text('嵌套层次过深，未导入', 'Nested too deeply; left out'),
  'not-an-object': text('此处内容不符合该格式，未导入', 'This is not what the format has here; left out'),
  // connections
  'connection-empty': text(
    '连接“{name}”没有可导入的点位，已略去',
    'The connection {name} has no point that can be taken; left out',
  ),
  'connection-renamed': text(
    '连接名称“{from}”改为“{to}”：只能用小写字母、数字和连字符，且不能重复',
    'The connection {from} is now called {to}: names are lower-case letters, digits and hyphens, each used once',
  ),
  'no-endpoint': text(
    '没有给出设备地址；请选择已有连接，或填写 endpoint',
    'No address of the device is given; choose an existing connection or fill in endpoint',
  ),
  'endpoint-invalid': text(
    '设备地址“{value}”无法使用；请按 {example} 填写',
    'The address {value} cannot be used; write it like {example}',
  ),
  'port-missing': text(
    '设备地址没有端口；请补充，如 {example}',
    'The address has no port; add it, like {example}',
  ),
  'intervals-differ': text(
    '一个连接只有一个采集周期：取最短的 {ms} 毫秒；更慢的点位也按此采集',
    'A connection has one interval: the shortest, {ms} ms, is taken; slower points are read as often',
  ),
  'out-of-range': text(
    '{field} 的值 {value} 超出 {low}～{high}，改为 {used}',
    '{field} {value} is outside of {low} to {high}; {used} is taken',
  ),
  'setting-left-out': text(
    '“{setting}”没有对应的设置，未导入；需要时请手工处理',
    '{setting} has no counterpart and is left out; see whether it is needed',
  ),
  'protocol-unknown': text(
    '协议或驱动“{value}”不能导入；采集器可用的协议见其文档',
    'The protocol or driver {value} cannot be imported; the documentation of the collector lists what it speaks',
  ),
  'protocol-missing': text(
    '没有写协议，也无法从地址“{value}”判断；请补充协议列，或在请求中指定 protocol',
    'No protocol is given, and the address {value} does not tell; add a column protocol, or name it in the request',
  ),
  serial: text(
    '串口 {value} 不能直接采集；请经串口服务器接入，并填写其 TCP 地址',
    'The serial port {value} cannot be read directly; put a serial server in between and give its TCP address',
  ),
  'listens-for-devices': text(
    '由设备主动连接的方式不能导入；请改为由采集器连接设备',
    'A connection that waits for its device cannot be imported; let the collector connect to the device',
  ),
  'transport-unsupported': text(
    '传输方式“{value}”不能导入；采集器使用 TCP',
    'The transport {value} cannot be imported; the collector speaks TCP',
  ),
  'transport-unsure': text(
    '原设置可能不是 TCP（{value}）；采集器使用 TCP，请核对',
    'The setting may not mean TCP ({value}); the collector speaks TCP, please check',
  ),
  'disabled-there': text(
    '在原系统中已停用；已导入，请决定是否需要',
    'It was switched off there; it is imported, decide whether it is needed',
  ),
  'security-check': text(
    '安全设置“{value}”改为 {used}；请核对服务器支持的策略和证书',
    'The security {value} becomes {used}; compare it with what the server offers, and its certificate',
  ),
  'security-incomplete': text(
    '未给出用户名，密码没有导入；请在采集器中填写',
    'There is no user name, so the password is not carried over; enter both at the collector',
  ),
  'secret-elsewhere': text(
    '“{setting}”由密钥库提供，未导入；请在采集器中填写',
    '{setting} comes from a secret store and is not carried over; enter it at the collector',
  ),
  'secret-unreadable': text(
    '导出文件中的密码可能已加密；请在采集器中重新填写',
    'The password may be encrypted in this file; enter it anew at the collector',
  ),
  'certificate-by-hand': text(
    '证书和密钥文件不随导入搬移；请复制到采集器并在连接中填写路径',
    'Files of certificates and keys are not moved; copy them to the collector and name them in the connection',
  ),
  'several-servers': text(
    '给出了多个服务器，只取第一个；其他的请另建连接',
    'Several servers are named, the first is taken; make a connection for each other one',
  ),
  'common-address-assumed': text(
    '没有公共地址，按 1 处理；请核对',
    'No common address is given, 1 is taken; please check',
  ),
  // points
  'key-missing': text('没有点位编码或名称，未导入', 'There is neither key nor name; left out'),
  'key-from-name': text('没有点位编码，用名称“{key}”代替', 'There is no key; the name {key} is taken'),
  'key-changed': text(
    '点位编码“{from}”改为“{to}”：有不允许的字符',
    'The key {from} is now {to}: it had characters that are not allowed',
  ),
  'key-duplicate': text(
    '点位编码“{from}”重复，改为“{to}”',
    'The key {from} is there already; this one is now {to}',
  ),
  shortened: text('{field} 过长，截短为 {max} 个字符', '{field} is too long and cut to {max} characters'),
  'address-missing': text('没有地址，未导入；请补充', 'There is no address; left out, add it'),
  'address-invalid': text(
    '地址“{value}”不能识别，未导入；请按 {example} 填写',
    'The address {value} is not understood; left out, write it like {example}',
  ),
  'address-array': text(
    '地址“{value}”是数组，未导入；请逐个元素填写',
    'The address {value} is an array; left out, name its elements one by one',
  ),
  'address-from-zero': text(
    'Modbus 地址只写了数字，按从 0 开始计数处理；如果手册从 1 开始，请改写为 40001 这样的形式',
    'Modbus addresses are plain numbers and taken as counted from 0; where the manual counts from 1, write them like 40001',
  ),
  'address-reference': text(
    '按 Modicon 约定换算：{value} 即从 0 计数的 {used}；请核对一个已知的值',
    'By the convention of Modicon {value} is {used} counted from 0; compare one value that you know',
  ),
  'address-unshifted': text(
    '原系统关闭了“从 0 开始编址”，地址按报文中的数字处理；请核对一个已知的值',
    'Zero-based addressing is switched off there, so addresses are taken as on the wire; compare one value that you know',
  ),
  'bit-unsure': text(
    '字地址中的位 {value} 按该字节的位处理；请核对一个已知的值',
    'Bit {value} of a word is taken as a bit of its first byte; compare one value that you know',
  ),
  'type-unsupported': text(
    '数据类型“{value}”不能采集，未导入',
    'The data type {value} cannot be read; left out',
  ),
  'type-unknown': text(
    '不认识的数据类型“{value}”，未导入；可用：{allowed}',
    'The data type {value} is not known; left out. Known are {allowed}',
  ),
  'types-assumed': text(
    '文件没有写数据类型，都按数值处理；布尔和文本点位请改 type',
    'The file does not tell the types, all are taken as numbers; change type for booleans and texts',
  ),
  'type-contradicts': text(
    '数据类型“{value}”与地址不符，未导入',
    'The data type {value} does not fit the address; left out',
  ),
  'order-unknown': text(
    '字节序“{value}”不能识别，未导入；可用：ABCD、DCBA、BADC、CDAB',
    'The byte order {value} is not known; left out. Known are ABCD, DCBA, BADC and CDAB',
  ),
  'order-unsupported': text(
    '64 位数的字序不能表示，未导入',
    'The order of words of this 64-bit number cannot be expressed; left out',
  ),
  'order-assumed': text(
    '文件没有写字序，按 {value} 处理；请核对一个 32 位的值',
    'The file does not tell the order of words, {value} is taken; compare one 32-bit value',
  ),
  'scaling-unsupported': text(
    '换算方式“{value}”不能表示，未导入',
    'The scaling {value} cannot be expressed; left out',
  ),
  'scaling-of-boolean': text(
    '布尔或文本点位不能换算，已忽略倍率和偏移',
    'A boolean or text is not scaled; scale and offset are left out',
  ),
  'clamp-left-out': text(
    '上下限钳位没有对应的设置，未导入',
    'Clamping to limits has no counterpart and is left out',
  ),
  'number-invalid': text(
    '{field} 的值“{value}”不是数，已忽略',
    '{field} {value} is not a number and is left out',
  ),
  'value-invalid': text(
    '{field} 的值“{value}”不能识别，已忽略；可用：{allowed}',
    '{field} {value} is not known and is left out; known are {allowed}',
  ),
  'deadband-range': text(
    '百分比死区需要量程上下限，已忽略死区',
    'A deadband in percent needs the range; the deadband is left out',
  ),
  'write-only': text(
    '只写点位，未导入；采集器只读',
    'It can only be written; left out, the collector only reads',
  ),
  'static-value': text('固定值点位，未导入', 'It holds a fixed value; left out'),
  'writing-left-out': text(
    '写入和控制没有导入；采集器只读',
    'Writing and control are left out; the collector only reads',
  ),
  'format-needed': text(
    '数据标识 {value} 不在常用表中，需要数据格式（如 XXXXXX.XX），未导入',
    'The identifier {value} is not among the common ones and needs its format, like XXXXXX.XX; left out',
  ),
  'meter-missing': text(
    '没有电表地址，未导入；请补充 12 位表号',
    'There is no meter; left out, add its twelve digits',
  ),
  'namespace-unknown': text(
    '路径没有命名空间序号；请在各级名称前补充，如 2:温度',
    'The path does not tell namespaces; write the index before each name, like 2:Temperature',
  ),
  'name-pattern': text(
    '“{value}”是模式或表达式，不能导入；请逐个填写',
    '{value} is a pattern or expression; left out, write each one',
  ),
  'constant-value': text('“{value}”是常量，未导入', '{value} is a constant; left out'),
  'topic-invalid': text(
    '主题“{value}”不能用于点位，未导入',
    'The topic {value} cannot be used for a point; left out',
  ),
  'topic-shared': text(
    '主题“{value}”含通配符，多台设备会共用一个点位；请逐个写出主题，或改用 discover',
    'The topic {value} has a wildcard, so several devices share one point; write out the topics, or use discover',
  ),
  'topic-discovered': text(
    '主题“{value}”改用 discover：其中的字段自动成为点位',
    'The topic {value} becomes an entry of discover: its fields become points by themselves',
  ),
  'payload-unsupported': text(
    '主题“{value}”的数据格式“{kind}”不能导入；可由设备直接写入平台的接口',
    'The payload of {value} is {kind}, which cannot be imported; the device can write to a door of the platform instead',
  ),
  'path-invalid': text(
    '路径“{value}”不能表示为 JSON Pointer，未导入',
    'The path {value} cannot be written as a JSON Pointer; left out',
  ),
  'time-format': text(
    '时间格式“{value}”不能表示，改用接收时间',
    'The format of time {value} cannot be expressed; the time of receipt is taken',
  ),
  // tables
  'no-header': text(
    '没有找到表头；至少需要“地址”和“点位编码”或“名称”两列',
    'No header row was found; it needs at least the columns address and key or name',
  ),
  'column-ignored': text('不认识的列“{name}”，未导入', 'The column {name} is not known and left out'),
  'column-twice': text(
    '列“{name}”出现两次，取前一列',
    'The column {name} is there twice, the first is taken',
  ),
  'column-of-other': text(
    '“{name}”不适用于协议 {protocol}，已忽略',
    '{name} does not go with the protocol {protocol} and is left out',
  ),
  'rows-over': text(
    '行数超过 {max}，其余未导入；请拆分文件',
    'More than {max} rows; the others are left out. Divide the file',
  ),
  'sheet-empty': text('工作表没有点位，已略过', 'The sheet has no points and is passed over'),
  'plugin-left-out': text(
    '“{value}”不是可导入的数据来源，已略过',
    '{value} is not a source that can be imported; passed over',
  ),
} as const satisfies Record<string, Bilingual>;

export type IssueCode = keyof typeof ISSUE_TEXTS;
