import type { Bilingual, PointTableProtocol } from '@ronghe/contracts';

/** What a column of a point table may be. */
export type ColumnName =
  | 'key'
  | 'name'
  | 'unit'
  | 'equipment'
  | 'address'
  | 'path'
  | 'type'
  | 'encoding'
  | 'function'
  | 'order'
  | 'wordOrder'
  | 'byteOrder'
  | 'scale'
  | 'offset'
  | 'length'
  | 'meter'
  | 'format'
  | 'signed'
  | 'topic'
  | 'records'
  | 'time'
  | 'timeFormat'
  | 'quality'
  | 'history'
  | 'serverDeadband'
  | 'deadband'
  | 'deadbandPercent'
  | 'rangeLow'
  | 'rangeHigh'
  | 'swingingDoor'
  | 'heartbeat'
  | 'expectedInterval'
  | 'connection'
  | 'protocol'
  | 'endpoint'
  | 'unitId'
  | 'commonAddress'
  | 'framing'
  | 'rack'
  | 'slot'
  | 'interval';

export type Column = {
  header: Bilingual;
  /** Other words for it, without blanks and in lower case. */
  words: readonly string[];
  about: Bilingual;
  /** Protocols it goes with; all when left out. */
  protocols?: readonly PointTableProtocol[];
  /** In the example row of a template. */
  examples?: Partial<Record<PointTableProtocol, string | number>>;
  example?: string | number;
};

const text = (zh: string, en: string): Bilingual => ({ zh, en });

/** All columns in the order of a template; the first header that says a word of a column is that column. */
export const COLUMNS: Readonly<Record<ColumnName, Column>> = {
  key: {
    header: text('点位编码', 'Key'),
    words: [
      '点编码',
      '点位标识',
      '点位id',
      '点位号',
      '测点编码',
      '测点编号',
      '测点号',
      '位号',
      '编码',
      '编号',
      '标识',
      '变量名',
      '标签',
      '标签名',
      'tag',
      'tagname',
      'tagid',
      'pointid',
      'pointkey',
      'pointname',
      'id',
      'code',
    ],
    about: text(
      '组织内唯一；字母、数字、中文和 . _ - / 等',
      'unique in the organisation; letters of any script, digits, . _ - / and some others',
    ),
    example: 'kiln-1.temperature',
  },
  name: {
    header: text('名称', 'Name'),
    words: [
      '点位名称',
      '测点名称',
      '点名',
      '中文名称',
      '描述',
      '点位描述',
      '说明',
      '备注名',
      'description',
      'label',
      'displayname',
      '变量描述',
    ],
    about: text('人们怎么称呼它', 'what people call it'),
    example: '炉膛温度',
  },
  unit: {
    header: text('单位', 'Unit'),
    words: ['工程单位', '计量单位', 'units', 'engunits', 'eu', 'uom'],
    about: text('UCUM 代码，如 Cel、MPa、kW.h', 'UCUM code, like Cel, MPa, kW.h'),
    example: 'Cel',
  },
  equipment: {
    header: text('设备', 'Equipment'),
    words: ['设备名称', '所属设备', '机组', '装置', 'device', 'devicename', 'machine', 'asset'],
    about: text('点位所属机器的名称', 'name of the machine it belongs to'),
    example: '1号窑',
  },
  address: {
    header: text('地址', 'Address'),
    words: [
      '点位地址',
      '变量地址',
      '寄存器地址',
      '起始地址',
      '数据标识',
      '节点',
      '节点id',
      'nodeid',
      'register',
      'registeraddress',
      'ioa',
      '信息体地址',
      '点号',
      'di',
    ],
    about: text(
      'Modbus：holding:100 或 400101；S7：DB1.DBD8；OPC UA：ns=2;s=…；IEC 104：1/16385；DL/T 645：02010100',
      'Modbus: holding:100 or 400101; S7: DB1.DBD8; OPC UA: ns=2;s=…; IEC 104: 1/16385; DL/T 645: 02010100',
    ),
    protocols: ['modbus', 's7', 'opcua', 'iec104', 'dlt645'],
    examples: {
      modbus: 'holding:100',
      s7: 'DB1.DBD8',
      opcua: 'ns=2;s=Kiln1.Temperature',
      iec104: '1/16385',
      dlt645: '02010100',
    },
  },
  topic: {
    header: text('主题', 'Topic'),
    words: ['mqtt主题', '订阅主题'],
    about: text('准确的主题，或用 + 表示一级', 'exact, or with + for one level'),
    protocols: ['mqtt'],
    examples: { mqtt: 'plant/kiln-1/data' },
  },
  path: {
    header: text('路径', 'Path'),
    words: ['json路径', '浏览路径', 'jsonpath', 'jsonpointer', 'browsepath'],
    about: text(
      'MQTT：JSON Pointer，如 /data/temperature；OPC UA：代替地址的浏览路径',
      'MQTT: JSON Pointer like /data/temperature; OPC UA: browse path in place of the address',
    ),
    protocols: ['mqtt', 'opcua'],
    examples: { mqtt: '/temperature' },
  },
  function: {
    header: text('功能码', 'Function code'),
    words: ['寄存器类型', '寄存器区', '存储区', 'function', 'functioncode', 'registertype', 'fc'],
    about: text(
      '地址只写数字时：1 线圈、2 离散输入、3 保持、4 输入',
      'for addresses that are plain numbers: 1 coil, 2 discrete, 3 holding, 4 input',
    ),
    protocols: ['modbus'],
  },
  encoding: {
    header: text('寄存器', 'Encoding'),
    words: ['编码', '寄存器格式', '编码方式', '数据格式', 'dataformat', '原始类型'],
    about: text(
      'Modbus：int16、uint16、int32、uint32、float32、float64；S7：int、real、string 等；IEC 104：single、float 等',
      'Modbus: int16, uint16, int32, uint32, float32, float64; S7: int, real, string …; IEC 104: single, float …',
    ),
    protocols: ['modbus', 's7', 'iec104'],
    examples: { modbus: 'float32', s7: 'real', iec104: 'float' },
  },
  type: {
    header: text('类型', 'Type'),
    words: ['数据类型', '点位类型', '变量类型', 'datatype', 'valuetype'],
    about: text(
      'number、boolean、text；也可以直接写寄存器类型，如 float32',
      'number, boolean, text; or what lies in the registers, like float32',
    ),
    examples: {
      modbus: 'number',
      s7: 'number',
      opcua: 'number',
      iec104: 'number',
      dlt645: 'number',
      mqtt: 'number',
    },
  },
  order: {
    header: text('字节序', 'Order'),
    words: ['字节顺序', '大小端', 'endian', 'endianness', 'byteorderabcd'],
    about: text('ABCD、CDAB、BADC、DCBA', 'ABCD, CDAB, BADC, DCBA'),
    protocols: ['modbus'],
    examples: { modbus: 'ABCD' },
  },
  wordOrder: {
    header: text('字序', 'Word order'),
    words: ['wordorder', '字顺序'],
    about: text('big 或 little：多个寄存器谁在前', 'big or little: which of several registers comes first'),
    protocols: ['modbus'],
  },
  byteOrder: {
    header: text('寄存器内字节序', 'Byte order'),
    words: ['byteorder'],
    about: text('big 或 little：寄存器内的字节', 'big or little: bytes inside a register'),
    protocols: ['modbus'],
  },
  scale: {
    header: text('倍率', 'Scale'),
    words: ['系数', '比例', '比例系数', '缩放', '乘数', 'k', 'ratio', 'factor', 'gain', 'multiplier'],
    about: text('值 = 原始值 × 倍率 + 偏移', 'value = raw × scale + offset'),
    protocols: ['modbus', 's7', 'iec104', 'mqtt'],
    example: 1,
  },
  offset: {
    header: text('偏移', 'Offset'),
    words: ['偏移量', '基数', 'b', 'bias'],
    about: text('换算后加上', 'added after scaling'),
    protocols: ['modbus', 's7', 'iec104', 'mqtt'],
    example: 0,
  },
  length: {
    header: text('字符数', 'Length'),
    words: ['长度', '字符串长度', 'stringlength'],
    about: text('STRING[20] 写 20', 'STRING[20] is 20'),
    protocols: ['s7'],
  },
  meter: {
    header: text('电表地址', 'Meter'),
    words: ['表号', '表地址', '电表号', '通信地址', '通讯地址', 'meteraddress', 'meterno'],
    about: text('12 位数字，前面的 0 不能省', 'twelve digits, with zeros in front'),
    protocols: ['dlt645'],
    examples: { dlt645: '000012345678' },
  },
  format: {
    header: text('格式', 'Format'),
    words: ['报文格式', 'payloadformat'],
    about: text(
      'DL/T 645：XXXXXX.XX；MQTT：json、plain、neuron',
      'DL/T 645: XXXXXX.XX; MQTT: json, plain, neuron',
    ),
    protocols: ['dlt645', 'mqtt'],
    examples: { mqtt: 'json' },
  },
  signed: {
    header: text('有符号', 'Signed'),
    words: ['符号位'],
    about: text('是或否：最高位是负号', 'yes or no: the top bit is a minus'),
    protocols: ['dlt645'],
  },
  records: {
    header: text('记录路径', 'Records'),
    words: ['数组路径'],
    about: text(
      '一条消息含多组值时，数组的 JSON Pointer',
      'JSON Pointer of an array when one message carries several sets',
    ),
    protocols: ['mqtt'],
  },
  time: {
    header: text('时间路径', 'Time'),
    words: ['时间戳', '时间字段', 'timestamp', 'timepath'],
    about: text('源时间的 JSON Pointer', 'JSON Pointer of the source time'),
    protocols: ['mqtt'],
    examples: { mqtt: '/ts' },
  },
  timeFormat: {
    header: text('时间格式', 'Time format'),
    words: ['timeformat', 'timestampformat'],
    about: text('ms、s、us、iso8601', 'ms, s, us, iso8601'),
    protocols: ['mqtt'],
    examples: { mqtt: 'ms' },
  },
  quality: {
    header: text('质量路径', 'Quality'),
    words: ['质量', '质量字段', 'qualitypath'],
    about: text('质量的 JSON Pointer', 'JSON Pointer of the quality'),
    protocols: ['mqtt'],
  },
  history: {
    header: text('历史补采', 'History'),
    words: ['补采', '历史'],
    about: text(
      '是或否：断开期间的数据从服务器历史补读',
      'yes or no: read what was missed from the history of the server',
    ),
    protocols: ['opcua'],
  },
  serverDeadband: {
    header: text('服务器死区', 'Server deadband'),
    words: ['serverdeadband'],
    about: text('数值，或量程的百分比如 2%', 'a number, or a percentage of the range like 2%'),
    protocols: ['opcua'],
  },
  deadband: {
    header: text('死区', 'Deadband'),
    words: ['绝对死区', '死区值', '变化阈值', 'absolutedeadband'],
    about: text('变化小于它的值不上送，单位同点位', 'smaller changes are left out; in the unit of the point'),
  },
  deadbandPercent: {
    header: text('百分比死区', 'Deadband percent'),
    words: ['死区百分比', '死区%', 'percentdeadband'],
    about: text('量程的百分比；需要量程上下限', 'percent of the range, which it needs'),
  },
  rangeLow: {
    header: text('量程下限', 'Range low'),
    words: ['下限', '量程低', 'min', 'low', 'lowlimit', 'eulow'],
    about: text('百分比死区的下限', 'lowest value, for the deadband in percent'),
  },
  rangeHigh: {
    header: text('量程上限', 'Range high'),
    words: ['上限', '量程高', 'max', 'high', 'highlimit', 'euhigh'],
    about: text('百分比死区的上限', 'highest value, for the deadband in percent'),
  },
  swingingDoor: {
    header: text('旋转门偏差', 'Swinging door'),
    words: ['旋转门', 'swingingdoordeviation'],
    about: text(
      '旋转门压缩允许的偏差，单位同点位',
      'deviation of the swinging door, in the unit of the point',
    ),
  },
  heartbeat: {
    header: text('最长静默（毫秒）', 'Heartbeat (ms)'),
    words: ['最长静默', '心跳', 'heartbeatms'],
    about: text(
      '有死区或旋转门时，至少这么久上送一次',
      'with a deadband or swinging door, a value goes out at least this often',
    ),
  },
  expectedInterval: {
    header: text('预期间隔（毫秒）', 'Expected interval (ms)'),
    words: ['预期间隔', 'expectedintervalms'],
    about: text(
      '超过三倍没有数据，点位变为 bad',
      'after three times as long without a sample the point is bad',
    ),
  },
  connection: {
    header: text('连接', 'Connection'),
    words: ['连接名称', '通道', '通道名称', 'channel', 'connectionname'],
    about: text('同一台设备的点位写同一个名称', 'the same for all points of one device'),
    example: 'kiln',
  },
  protocol: {
    header: text('协议', 'Protocol'),
    words: ['通讯协议', '通信协议', '采集协议', '驱动', 'driver'],
    about: text('modbus、s7、opcua、iec104、dlt645、mqtt', 'modbus, s7, opcua, iec104, dlt645, mqtt'),
    examples: {
      modbus: 'modbus',
      s7: 's7',
      opcua: 'opcua',
      iec104: 'iec104',
      dlt645: 'dlt645',
      mqtt: 'mqtt',
    },
  },
  endpoint: {
    header: text('端点', 'Endpoint'),
    words: ['设备地址', '连接地址', 'ip', 'ip地址', 'ip端口', '主机', 'host', 'server', 'url', '服务器地址'],
    about: text(
      '主机:端口，或完整地址；不写则由您在门户选择已有连接',
      'host:port or a whole address; without it an existing connection is chosen in the portal',
    ),
    examples: {
      modbus: 'tcp://192.168.1.10:502',
      s7: 'tcp://192.168.0.1:102',
      opcua: 'opc.tcp://192.168.1.10:4840',
      iec104: 'tcp://192.168.1.10:2404',
      dlt645: 'tcp://192.168.1.10:4196',
      mqtt: 'mqtt://192.168.1.10:1883',
    },
  },
  unitId: {
    header: text('站号', 'Unit id'),
    words: [
      '从站',
      '从站号',
      '从站地址',
      '站地址',
      '单元号',
      'slave',
      'slaveid',
      'unit_id',
      'unitid',
      'stationid',
    ],
    about: text('网关后面的 Modbus 单元', 'unit of Modbus behind a gateway'),
    protocols: ['modbus'],
    examples: { modbus: 1 },
  },
  commonAddress: {
    header: text('公共地址', 'Common address'),
    words: ['站公共地址', 'ca', 'asduaddress', 'commonaddress'],
    about: text('地址只写信息体地址时使用', 'for addresses that are object addresses alone'),
    protocols: ['iec104'],
  },
  framing: {
    header: text('帧格式', 'Framing'),
    words: ['帧', '传输方式', 'framing'],
    about: text('tcp，或 rtu（经串口服务器）', 'tcp, or rtu through a serial server'),
    protocols: ['modbus'],
    examples: { modbus: 'tcp' },
  },
  rack: {
    header: text('机架', 'Rack'),
    words: ['机架号'],
    about: text('CPU 的机架，一般为 0', 'rack of the CPU, mostly 0'),
    protocols: ['s7'],
    examples: { s7: 0 },
  },
  slot: {
    header: text('槽号', 'Slot'),
    words: ['插槽', '槽'],
    about: text('S7-1200/1500 为 1，S7-300 为 2', '1 for S7-1200 and S7-1500, 2 for S7-300'),
    protocols: ['s7'],
    examples: { s7: 1 },
  },
  interval: {
    header: text('采集周期（毫秒）', 'Interval (ms)'),
    words: [
      '采集周期',
      '采集间隔',
      '扫描周期',
      '采样周期',
      '周期',
      '轮询周期',
      'interval',
      'intervalms',
      'scanrate',
      'pollinterval',
      'period',
    ],
    about: text('一个连接只有一个，取最短的', 'one for a connection, the shortest is taken'),
    protocols: ['modbus', 's7', 'opcua', 'dlt645'],
    example: 1_000,
  },
};

export const COLUMN_NAMES = Object.keys(COLUMNS) as ColumnName[];
