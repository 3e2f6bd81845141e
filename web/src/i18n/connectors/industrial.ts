import type { FieldTexts } from './shared.ts';

export const OPCUA_FIELDS: FieldTexts = {
  endpoint: ['服务器地址', '如 opc.tcp://192.168.1.20:4840'],
  security: ['安全与登录'],
  'security.mode': ['消息保护'],
  'security.policy': ['安全策略', '加密与签名所用的算法'],
  'security.username': ['用户名', '留空则匿名登录'],
  'security.password': ['密码'],
  'security.certificateFile': ['用户证书文件', '用证书登录（PEM 或 DER），路径相对连接自己的文件夹'],
  'security.privateKeyFile': ['用户私钥文件', '用户证书的私钥（PEM）'],
  'security.privateKeyPassphrase': ['私钥口令'],
  'security.acceptUnknownServer': ['信任任何服务器证书', '不安全，只用于调试；关闭时由人逐个确认证书'],
  mode: ['读取方式', '由服务器通知变化，或轮流读取全部点位'],
  publishingIntervalMs: ['发布周期（毫秒）', '服务器多久送一次变化'],
  samplingIntervalMs: ['采样周期（毫秒）', '服务器多久看一次变化；留空与发布周期相同'],
  queueSize: ['队列长度', '服务器为每个点位保留的变化个数'],
  pollIntervalMs: ['轮询周期（毫秒）', '轮询方式下，两轮读取开始的间隔'],
  timeoutMs: ['网络超时（毫秒）', '网络最长的沉默时间'],
  retryMs: ['重试间隔（毫秒）', '被拒绝的点位过多久再试'],
  history: ['历史补数'],
  'history.enabled': ['断线后补读历史', '服务器保存历史时，用 HistoryRead 读回断线期间的数据'],
  'history.maxHours': ['最多补读（小时）', '最多往回读多久'],
  'history.samplesPerSecondMax': ['补读速度（个/秒）', '限制速度，不影响实时数据'],
  'points[].address': ['节点标识', '如 ns=2;s=Kiln.Temp；写 nsu= 时按命名空间 URI 查找，不受索引变化影响'],
  'points[].path': [
    '浏览路径',
    '代替节点标识：从根开始的浏览名，每次新会话时查找；名称中的 / 和 & 写作 &/ 和 &&',
  ],
  'points[].history': ['补读历史', '断线后从服务器历史读回；需要连接开启历史补数'],
  'points[].serverDeadband': ['服务器死区', '服务器不送更小的变化：以单位计的数，或 2%（占 EURange）'],
};

export const MODBUS_FIELDS: FieldTexts = {
  endpoint: ['设备地址', '如 tcp://192.168.1.10:502；串口设备经串口服务器'],
  framing: ['帧格式', 'Modbus TCP，或经透传串口服务器的 RTU 帧'],
  unitId: ['从站号', '网关后面的站号'],
  'points[].address': [
    '寄存器地址',
    '表和地址，从 0 数：holding:0、input:10、coil:3、discrete:5；.n 取一位，如 holding:4.2',
  ],
  'points[].encoding': ['编码', '留空时寄存器为 uint16，.n 为 bit，线圈和离散量为 boolean'],
  'points[].wordOrder': ['字序', '多个寄存器中哪个在前'],
  'points[].byteOrder': ['字节序', '寄存器内字节的顺序'],
  'points[].type': ['数据类型', '由编码决定，写明只为清楚'],
};

export const S7_FIELDS: FieldTexts = {
  endpoint: ['CPU 地址', 'CPU 或通信处理器的地址，如 tcp://192.168.1.30:102'],
  rack: ['机架号'],
  slot: ['插槽号', 'S7-1200、S7-1500 为 1，S7-300 为 2，S7-400 按组态'],
  connectionType: ['连接资源', '占用 PLC 的哪一类连接'],
  localTsap: ['本地 TSAP', '仅在 PLC 已组态时填写'],
  remoteTsap: ['远端 TSAP', '代替机架号、插槽号和连接资源'],
  textEncoding: ['文本编码', 'string 和 char 的字符集；中文 Windows 写入的是 gb18030'],
  'points[].address': [
    '变量地址',
    '按 TIA 博途的写法：DB1.DBX0.3、DB1.DBW4、DB1.DBD8、M0.1、MW10、I0.0、QB1、T5、C3',
  ],
  'points[].encoding': ['变量类型', '留空时位为 bool，B、W、D 为 byte、uint、udint'],
  'points[].length': ['字符数', 'STRING[20] 为 20；留空时 string 和 wstring 为 254，char 为 1'],
  'points[].type': ['数据类型', '由变量类型决定，写明只为清楚'],
};

export const IEC104_FIELDS: FieldTexts = {
  endpoint: ['站地址', '如 tcp://192.168.1.40:2404'],
  originator: ['源发地址', '我方命令中的源发地址'],
  commonAddresses: ['公共地址', '除点位所在站之外还要召唤的站，用于自动发现；都没有时召唤 65535（全部）'],
  timeZone: ['站端时区'],
  interrogationSeconds: ['总召唤间隔（秒）', '0：只在启动、断线和重启之后'],
  interrogationTimeoutSeconds: ['总召唤超时（秒）', '总召唤未结束时最长的沉默'],
  counterInterrogationSeconds: ['电度召唤间隔（秒）', '只读取，从不冻结；留空则不召唤'],
  clockSyncSeconds: ['对时间隔（秒）', '留空则不改站端时钟'],
  discover: ['自动发现', '站端送来的其余信息也成为点位，键为 CA.IOA'],
  keyPrefix: ['键前缀', '放在自动发现的点位键之前，因为两个站的公共地址可能相同'],
  k: ['k', '未被确认时最多发送的 I 帧数'],
  w: ['w', '收到这么多 I 帧后确认'],
  t0Seconds: ['t0（秒）', '建立连接的最长等待'],
  t1Seconds: ['t1（秒）', '等待确认的最长时间'],
  t2Seconds: ['t2（秒）', '我方确认的最长延迟'],
  t3Seconds: ['t3（秒）', '链路沉默多久后测试'],
  'points[].address': ['信息对象地址', '公共地址/对象地址：1/16385、1/0x4001 或 1/0.64.1'],
  'points[].encoding': ['信息类型', '站端在此地址必须送来的类型；留空则不限'],
  'points[].type': ['数据类型', '单点为开关，其余为数值；双点也可作开关'],
};

export const DLT645_FIELDS: FieldTexts = {
  endpoint: ['网关地址', '串口服务器或网关的地址，如 tcp://192.168.1.50:4196'],
  meter: ['表号', '12 位，供没有写表号的点位使用'],
  pauseMs: ['帧间停顿（毫秒）', '一次应答到下一次请求之间线路的休息'],
  preamble: ['前导字节数', '请求之前 FE 的个数'],
  'points[].address': ['数据标识', 'DI3 DI2 DI1 DI0，如 02010100 为 A 相电压'],
  'points[].meter': ['表号', '留空用连接的表号'],
  'points[].format': ['数据格式', '按标准的写法：XXXXXX.XX、NN、YYMMDDWW、hhmmss；常用标识已知'],
  'points[].signed': ['最高位为负号', '常用标识已知'],
  'points[].type': ['数据类型', '选文本时数字原样保留，前面的零也在'],
};

export const HJ212_FIELDS: FieldTexts = {
  endpoint: ['监听地址', '数采仪连到这里；其他机器上的数采仪需要 tcp://0.0.0.0:9212'],
  stations: ['允许的数采仪', '其余一律拒绝并计数'],
  'stations[].mn': ['MN', '站点的设备唯一标识'],
  'stations[].password': ['访问密码 PW', '报文必须带上的密码；留空则不限'],
  'stations[].equipment': ['所属设备', '它的点位所属的机器'],
  discover: ['自动发现', '实时、分钟、小时和日数据的每个因子都成为点位'],
  pointsMax: ['点位上限', '自动发现超出的略过并计数'],
  idleTimeoutMs: ['沉默超时（毫秒）', '沉默多久算失联，取上报周期的几倍'],
  goneAfterMs: ['断开多久算失联（毫秒）', '每次上报都重新连接的数采仪要大于 0'],
  connectionsMax: ['连接数上限'],
  'points[].address': ['站点、命令和字段', 'MN/CN/因子-后缀'],
  'points[].type': ['数据类型', 'Rtd、Avg、Min、Max、Cou、Zs…、RS、RT 为数值，其余为文本'],
};
