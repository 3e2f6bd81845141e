import { z } from 'zod';
import type { Bilingual } from './common.ts';

type ErrorEntry = { status: number; message: Bilingual; hint: Bilingual };
const entry = (status: number, message: [string, string], hint: [string, string]): ErrorEntry => ({
  status,
  message: { zh: message[0], en: message[1] },
  hint: { zh: hint[0], en: hint[1] },
});

/**
 * Every error a caller can meet. The code is stable, the message is in the caller's language, the hint says what to do.
 * `{name}` in a text is filled from the error's details. The tidy test compares this catalog with the code, both ways.
 */
export const ERRORS = {
  // platform
  REQUEST_INVALID: entry(
    400,
    ['请求内容不符合要求', 'The request is not valid'],
    ['按 details 中的逐项说明修改后重试', 'Correct the fields listed in details and try again'],
  ),
  REQUEST_TOO_LARGE: entry(
    413,
    ['请求内容过大', 'The request is too large'],
    ['分成较小的批次发送', 'Send it in smaller parts'],
  ),
  REQUEST_NOT_UNDERSTOOD: entry(
    415,
    ['无法识别的内容类型或编码', 'Unknown content type or encoding'],
    ['检查 Content-Type 与 Content-Encoding', 'Check Content-Type and Content-Encoding'],
  ),
  RATE_LIMITED: entry(
    429,
    ['请求过于频繁', 'Too many requests'],
    ['等待 Retry-After 所示秒数后重试', 'Wait for the seconds given in Retry-After'],
  ),
  NOT_FOUND: entry(
    404,
    ['没有找到 {thing}', '{thing} was not found'],
    ['检查编号，或确认它属于您的组织', 'Check the id, and that it belongs to your organisation'],
  ),
  ROUTE_NOT_FOUND: entry(
    404,
    ['没有这个接口地址', 'There is no such address'],
    ['接口清单见 /docs', 'The list of addresses is at /docs'],
  ),
  CONFLICT: entry(
    409,
    ['{thing} 已存在', '{thing} exists already'],
    ['换一个名称，或修改已有的', 'Choose another name or change the existing one'],
  ),
  INTERNAL: entry(
    500,
    ['平台内部错误', 'Something went wrong inside the platform'],
    ['请把 requestId 告诉运维人员', 'Give the requestId to the operator'],
  ),
  ENGINE_UNAVAILABLE: entry(
    503,
    ['存储引擎暂不可用', 'A storage engine is not available'],
    ['稍后重试；运维人员可查看 /ready', 'Try again later; operators see /ready'],
  ),
  SHUTTING_DOWN: entry(
    503,
    ['平台正在停止', 'The platform is shutting down'],
    ['稍后重试', 'Try again later'],
  ),
  CONFIG_INVALID: entry(
    500,
    ['配置有误', 'The configuration is not valid'],
    ['按提示修改 ronghe.yaml 或环境变量', 'Correct ronghe.yaml or the environment variable as told'],
  ),
  // engines
  ENGINE_START_FAILED: entry(
    503,
    ['{engine} 无法启动：{reason}', '{engine} cannot start: {reason}'],
    [
      '按原因处理后重新启动；也可用 {setting} 指定外部服务器',
      'Remove the reason and start again, or name a server of your own in {setting}',
    ],
  ),
  DATA_FOLDER_IN_USE: entry(
    409,
    ['数据目录 {folder} 正由进程 {process} 使用', 'The data folder {folder} is in use by process {process}'],
    [
      '先停止该进程，或用 RONGHE_DATA 另选目录',
      'Stop that process first, or choose another folder with RONGHE_DATA',
    ],
  ),
  MIGRATION_REFUSED: entry(
    500,
    ['数据库迁移 {migration} 被拒绝：{reason}', 'The migration {migration} was refused: {reason}'],
    [
      '使用与数据相符的软件版本，或从备份恢复；已发布的迁移不可修改',
      'Use the version of the software that fits the data, or restore a backup; a released migration is never edited',
    ],
  ),
  QUERY_TIMEOUT: entry(
    504,
    ['查询超过 {seconds} 秒，已停止', 'The query was stopped after {seconds} seconds'],
    ['缩小时间范围或减少对象后重试', 'Ask for a shorter time range or fewer things'],
  ),
  QUERY_TOO_HEAVY: entry(
    422,
    ['查询所需内存超过上限', 'The query needs more memory than it may use'],
    ['缩小时间范围或分组数量后重试', 'Ask for a shorter time range or fewer groups'],
  ),
  RESULT_TOO_LARGE: entry(
    422,
    ['查询结果超过 {max} 行', 'The result has more than {max} rows'],
    ['缩小范围，或改用导出', 'Narrow the question, or use an export'],
  ),
  GUEST_REFUSED: entry(
    403,
    ['查询未通过引擎侧的安全检查', 'The query did not pass the check on the side of the engine'],
    [
      '只能用一条 SELECT 查询允许的数据集和函数（{reason}）',
      'Ask one SELECT over datasets and functions that are allowed ({reason})',
    ],
  ),
  SQL_FAILED: entry(
    400,
    ['查询无法执行：{reason}（{name}）', 'The query could not be answered: {reason} ({name})'],
    [
      '按 ClickHouse 错误号 {number} 的说明修改查询',
      'Correct the query; ClickHouse calls this error {number}',
    ],
  ),
  BACKUP_RUNNING: entry(
    409,
    ['已有备份正在进行', 'A backup is being made already'],
    ['等待它完成后再创建', 'Wait for it to end'],
  ),
  BACKUP_INVALID: entry(
    422,
    ['备份 {backup} 不可用：{reason}', 'The backup {backup} cannot be used: {reason}'],
    ['换用另一份备份；不要修改备份目录中的文件', 'Use another backup; files of a backup must not be changed'],
  ),
  RESTORE_REFUSED: entry(
    409,
    ['不能恢复到 {target}：{reason}', 'Cannot restore into {target}: {reason}'],
    ['恢复只写入空的数据目录和空的数据库', 'Restore goes into an empty data folder and empty databases only'],
  ),
  // auth
  LOGIN_FAILED: entry(
    401,
    ['用户名或密码不正确', 'User name or password is wrong'],
    [
      '检查大小写；多次失败会暂时锁定',
      'Check upper and lower case; repeated failures lock the account for a while',
    ],
  ),
  LOGIN_LOCKED: entry(
    423,
    ['登录失败次数过多，账号暂时锁定', 'Too many failed attempts; the account is locked for a while'],
    ['{minutes} 分钟后再试，或请管理员解锁', 'Try again in {minutes} minutes or ask an administrator'],
  ),
  OIDC_FAILED: entry(
    401,
    ['统一身份认证没有成功', 'The identity provider did not confirm the sign-in'],
    [
      '从登录页重新开始；仍不成功请联系管理员',
      'Begin again at the sign-in page; tell an administrator if it fails again',
    ],
  ),
  OIDC_PERSON_UNKNOWN: entry(
    403,
    [
      '您的账号不能用统一身份认证登录本平台',
      'This account cannot sign in to the platform through the identity provider',
    ],
    ['请联系本单位的系统管理员，或用密码登录', 'Ask your administrator, or sign in with a password'],
  ),
  OIDC_UNAVAILABLE: entry(
    503,
    ['统一身份认证系统暂时没有回应', 'The identity provider does not answer'],
    ['稍后重试，或用密码登录', 'Try again later, or sign in with a password'],
  ),
  LOGIN_REQUIRED: entry(
    401,
    ['请先登录', 'Please sign in'],
    [
      '登录门户，或在 Authorization 中提供令牌或接口密钥',
      'Sign in, or send a token or API key in Authorization',
    ],
  ),
  PERMISSION_MISSING: entry(
    403,
    ['缺少权限 {permission}', 'The permission {permission} is missing'],
    ['向管理员申请该权限', 'Ask an administrator for it'],
  ),
  CSRF_REFUSED: entry(
    403,
    ['跨站请求被拒绝', 'A cross-site request was refused'],
    ['从门户页面操作，或改用接口密钥', 'Use the portal page itself, or an API key'],
  ),
  PASSWORD_WEAK: entry(
    400,
    ['密码强度不足', 'The password is too weak'],
    [
      '至少 12 个字符，不与用户名相同，且不是常见密码',
      'At least 12 characters, not the user name, not a common password',
    ],
  ),
  ROLE_TOO_STRONG: entry(
    403,
    ['不能授予自己没有的权限', 'You cannot grant a permission that you do not have'],
    ['由拥有该权限的管理员授予', 'Ask an administrator who has it'],
  ),
  KEY_TERMS_WIDER: entry(
    403,
    [
      '密钥的权限、来源地址或有效期不能比现有的更宽',
      'A key cannot get more permissions, addresses or time than there are now',
    ],
    ['需要更多时，由有权的人签发新的密钥', 'Have a person who may do so issue another key'],
  ),
  KEY_REVOKED: entry(
    409,
    ['密钥 {name} 已吊销', 'The key {name} was revoked'],
    ['签发新的密钥', 'Issue another key'],
  ),
  ROOT_REQUIRED: entry(
    403,
    ['只有根组织可以执行此操作', 'Only the root organisation may do this'],
    ['请根组织的管理员执行', 'Ask an administrator of the root organisation'],
  ),
  LAST_ADMINISTRATOR: entry(
    409,
    ['这是最后一个可用的系统管理员', 'This is the last administrator who can sign in'],
    ['先为另一位用户授予系统管理员角色', 'Give another user the administrator role first'],
  ),
  // collect
  COLLECTOR_UNKNOWN: entry(
    404,
    ['没有登记的采集器 {collector}', 'The collector {collector} is not registered'],
    ['先在“采集器”页面登记', 'Register it on the collectors page first'],
  ),
  COLLECTOR_OFFLINE: entry(
    409,
    ['采集器 {collector} 不在线', 'The collector {collector} is offline'],
    [
      '等它重新连上后再试；配置可以照常保存',
      'Try again when it is back; a configuration can be saved all the same',
    ],
  ),
  COLLECTOR_NO_ANSWER: entry(
    504,
    [
      '采集器 {collector} 没有在 {seconds} 秒内回答',
      'The collector {collector} did not answer within {seconds} s',
    ],
    [
      '稍后再试；设备连接慢时可先保存配置',
      'Try again later, or save the configuration first where a device is slow',
    ],
  ),
  COLLECTOR_REFUSED: entry(
    422,
    ['采集器未能完成：{reason}', 'The collector could not do it: {reason}'],
    ['按说明修改后重试', 'Correct what it says and try again'],
  ),
  COLLECTOR_BUSY: entry(
    429,
    [
      '采集器 {collector} 还有 {max} 个问题没有回答',
      'The collector {collector} has {max} questions to answer already',
    ],
    ['等前面的完成后再试', 'Wait until those are answered'],
  ),
  ENROLMENT_REFUSED: entry(
    403,
    ['接入码无效或已过期', 'The one-time code is not valid or has expired'],
    ['在“采集器”页面重新生成接入码', 'Make a new one on the collectors page'],
  ),
  REFERENCE_CHANGED: entry(
    409,
    ['基准数据已有更新的版本 {version}', 'There is a newer version {version} of the reference data'],
    ['查看新版本后再保存', 'Look at it, then save again'],
  ),
  CONFIGURATION_CHANGED: entry(
    409,
    ['配置已有更新的版本 {version}', 'There is a newer version {version} of the configuration'],
    ['与新版本比较后再保存', 'Compare with it, then save again'],
  ),
  POINT_UNKNOWN: entry(
    404,
    ['没有点位 {point}', 'There is no point {point}'],
    [
      '检查点位编号或键，或确认它属于您的组织',
      'Check the id or key, and that it belongs to your organisation',
    ],
  ),
  // ingest
  POINT_LIMIT: entry(
    422,
    ['点位数量达到上限 {max}', 'The limit of {max} points is reached'],
    ['删除不用的点位，或提高 ingest.pointsMax', 'Remove unused points or raise ingest.pointsMax'],
  ),
  LINE_INVALID: entry(
    400,
    ['行协议第 {line} 行有误：{reason}', 'Line {line} of the line protocol is wrong: {reason}'],
    ['按 InfluxDB 行协议修改该行', 'Correct the line after the InfluxDB line protocol'],
  ),
  SAMPLE_INVALID: entry(
    422,
    ['点位 {point} 的数据格式有误：{reason}', 'The data of point {point} is malformed: {reason}'],
    ['样本的格式是 [毫秒时间, 值, 质量, 原因]', 'A sample is [time in ms, value, quality, reason]'],
  ),
  LIVE_LIMIT: entry(
    503,
    ['实时连接数达到上限 {max}', 'The limit of {max} live connections is reached'],
    ['关闭不用的页面后重试', 'Close pages that are not in use and try again'],
  ),
  VALUE_TYPE_WRONG: entry(
    422,
    ['点位 {point} 的值类型应为 {expected}', 'The value of point {point} must be {expected}'],
    ['检查采集配置中的数据类型', 'Check the data type in the collector’s configuration'],
  ),
  VALUE_NOT_FINITE: entry(
    422,
    ['点位 {point} 的值不是有限数', 'The value of point {point} is not a finite number'],
    ['质量为 bad 的点可以不带值', 'A sample of bad quality may come without a value'],
  ),
  TIME_OUT_OF_RANGE: entry(
    422,
    ['点位 {point} 的时间超出范围', 'The time of point {point} is out of range'],
    [
      '允许 1970 年到服务器时间之后 {hours} 小时',
      'From 1970 to {hours} hours ahead of the server is allowed',
    ],
  ),
  TEXT_TOO_LONG: entry(
    422,
    ['点位 {point} 的文本超过 {max} 字节', 'The text of point {point} is over {max} bytes'],
    ['缩短文本或改用文件', 'Shorten the text or use a file'],
  ),
  BATCH_SEQUENCE_CONFLICT: entry(
    409,
    ['批次序号 {sequence} 与已确认内容不一致', 'Sequence {sequence} was acknowledged with other content'],
    ['采集器应换用新的 epoch', 'The collector must start a new epoch'],
  ),
  STORAGE_FULL: entry(
    503,
    ['存储空间不足', 'There is no space left to store data'],
    [
      '稍后重试，数据不会丢失；运维人员请清理数据目录所在磁盘',
      'Send it again later, nothing is lost; the operator has to make room on the disk of the data folder',
    ],
  ),
  INGEST_OVERLOADED: entry(
    503,
    ['写入队列已满', 'The ingest queue is full'],
    ['按 Retry-After 退避后重试，数据不会丢失', 'Back off for Retry-After and send again; nothing is lost'],
  ),
  // collect
  IMPORT_UNREADABLE: entry(
    422,
    ['文件无法读取：{reason}', 'The file cannot be read: {reason}'],
    [
      '支持 Excel（.xlsx）、CSV、Kepware、Neuron、Telegraf 和 ThingsBoard 网关的文件；重新导出，或用 format 指明格式',
      'Excel (.xlsx), CSV, and files of Kepware, Neuron, Telegraf and the ThingsBoard gateway are read; export it anew, or name its format',
    ],
  ),
  IMPORT_TOO_LARGE: entry(
    413,
    ['文件超出上限：{reason}', 'The file is over a limit: {reason}'],
    ['拆分成几个较小的文件后分次导入', 'Divide it into smaller files and import one after the other'],
  ),
  // fuse
  SOURCE_UNREACHABLE: entry(
    502,
    ['无法读取数据源 {source}：{reason}', 'The source {source} cannot be read: {reason}'],
    ['检查地址、凭据和网络', 'Check address, credentials and network'],
  ),
  SOURCE_TARGET_REFUSED: entry(
    400,
    ['数据源地址 {target} 不在允许范围内', 'The source address {target} is not allowed'],
    ['由管理员在 fuseSourceHosts 中加入该主机', 'An administrator adds the host to fuseSourceHosts'],
  ),
  SOURCE_PROGRAM_REFUSED: entry(
    400,
    ['程序 {program} 不在允许范围内', 'The program {program} is not allowed'],
    [
      '由管理员在 fusePrograms 中加入该程序（绝对路径，且文件存在并可执行）',
      'An administrator adds it to fusePrograms, with the absolute path of a file that can be run',
    ],
  ),
  SOURCE_ROW_INVALID: entry(
    422,
    ['数据行有误：{reason}', 'The row is wrong: {reason}'],
    ['请数据提供方修正后重新运行', 'Have the owner of the source correct it and run again'],
  ),
  SOURCE_TOO_LARGE: entry(
    422,
    ['数据源 {source} 超出上限：{reason}', 'The source {source} is over a limit: {reason}'],
    ['缩小数据范围，或提高 fuseRowsMax', 'Narrow what is read, or raise fuseRowsMax'],
  ),
  LINK_INPUT_INVALID: entry(
    422,
    ['无法链接：{reason}', 'Cannot link: {reason}'],
    ['请处理：{remedy}', 'What to do: {remedy}'],
  ),
  TABLE_UNREADABLE: entry(
    422,
    ['文件 {file} 无法读取：{reason}', 'The file {file} cannot be read: {reason}'],
    ['按提示修正文件后重新上传', 'Correct the file as told and hand it over again'],
  ),
  UPLOAD_TOO_LARGE: entry(
    413,
    ['文件超过 {limit} 字节', 'The file is over {limit} bytes'],
    ['拆分文件，或放入收件文件夹', 'Split the file or put it into the inbox folder'],
  ),
  MAPPING_OUTDATED: entry(
    409,
    ['映射已有更新的版本 {version}', 'The mapping has a newer version {version}'],
    ['载入新版本后重新编辑', 'Load the newer version and edit again'],
  ),
  MAPPING_TEST_FAILED: entry(
    422,
    ['映射测试未通过：{tests}', 'Tests of the mapping failed: {tests}'],
    ['修正映射或测试的期望值', 'Correct the mapping or what the test expects'],
  ),
  RUN_NOT_HELD: entry(
    409,
    ['该运行未被拦截', 'The run is not held'],
    ['刷新页面查看它的状态', 'Reload to see its state'],
  ),
  RUN_NOT_WITHDRAWABLE: entry(
    409,
    ['不能撤回这次运行：{reason}', 'This run cannot be withdrawn: {reason}'],
    ['只能撤回数据源最新一次已发布的运行', 'Only the newest published run of a source can be withdrawn'],
  ),
  PUSH_CONFLICT: entry(
    409,
    ['幂等键 {key} 已用于不同内容', 'The idempotency key {key} was used for other content'],
    ['内容不同请使用新的幂等键', 'Use a new key for other content'],
  ),
  SOURCE_KIND_WRONG: entry(
    409,
    ['数据源 {source} 不是 {kind} 类型', 'The source {source} is not of kind {kind}'],
    ['检查数据源的接入方式', 'Check how the source is connected'],
  ),
  QUALITY_RULE_WRONG: entry(
    422,
    ['质量规则有误：{reason}', 'The quality rule is wrong: {reason}'],
    ['按提示修正规则', 'Correct the rule as told'],
  ),
  RUN_HELD: entry(
    409,
    [
      '数据源 {source} 有一次运行被拦截，等待处理',
      'A run of the source {source} is held and waits for a decision',
    ],
    ['先在运行页面发布或丢弃它，再推送', 'Publish or discard it on the page of the run, then push again'],
  ),
  RUN_ACTIVE: entry(
    409,
    ['数据源 {source} 正在运行', 'The source {source} is running already'],
    ['等待当前运行结束，或先取消它', 'Wait for the run to end or cancel it'],
  ),
  DECISION_INVALID: entry(
    422,
    ['不能这样决定：{reason}', 'This cannot be decided: {reason}'],
    ['按提示重新选择企业或记录', 'Choose the enterprises or records again as told'],
  ),
  DECISION_CONTRADICTS: entry(
    409,
    ['与已有的决定矛盾：{chain}', 'It contradicts decisions in force: {chain}'],
    ['先撤销其中一项决定', 'Undo one of them first'],
  ),
  DECISION_OUTDATED: entry(
    409,
    ['企业或记录已发生变化：{reason}', 'Enterprises or records have changed meanwhile: {reason}'],
    ['刷新后重新决定', 'Reload and decide again'],
  ),
  DECISION_SETTLED: entry(
    409,
    ['该决定的状态是“{state}”', 'The decision is {state}'],
    ['刷新页面查看', 'Reload to see it'],
  ),
  DECISION_OWN: entry(
    403,
    ['自己的决定须由他人复核', 'A decision is confirmed by somebody else than who made it'],
    ['请另一位有复核权限的人员确认', 'Ask another person who may confirm'],
  ),
  MODEL_UNTRAINED: entry(
    422,
    ['记录太少，无法训练匹配模型：{reason}', 'Too few records to train a matching model: {reason}'],
    [
      '继续使用当前模型，接入更多来源后再训练',
      'Go on with the model in use and train when more sources are connected',
    ],
  ),
  PIN_INVALID: entry(
    422,
    ['不能固定这个值：{reason}', 'This value cannot be pinned: {reason}'],
    ['按提示修改后重试', 'Correct it as told and try again'],
  ),
  SURVIVORSHIP_CHANGED: entry(
    409,
    ['取值规则已有更新的版本 {version}', 'There is a newer version {version} of how values are chosen'],
    ['载入新版本后重新编辑', 'Load it and edit again'],
  ),
  RELATION_INVALID: entry(
    422,
    ['不能这样记录企业关系：{reason}', 'This relation cannot be recorded: {reason}'],
    ['按提示重新选择企业或关系', 'Choose the enterprises or the relation again as told'],
  ),
  RELATION_SETTLED: entry(
    409,
    ['关系已有处理：{reason}', 'The relation is settled already: {reason}'],
    ['刷新查看；需要时先撤销已有的处理', 'Reload to see it; undo what was said of it first where needed'],
  ),
  ENTERPRISES_BUSY: entry(
    409,
    ['企业库正在被修改', 'The enterprise database is being changed'],
    ['稍候片刻再试', 'Try again in a moment'],
  ),
  CODE_INVALID: entry(
    422,
    ['统一社会信用代码 {code} 有误：{reason}', 'The unified social credit code {code} is wrong: {reason}'],
    ['按 GB 32100-2015 核对 18 位代码', 'Check the 18 characters against GB 32100-2015'],
  ),
  EXPORT_TOO_LARGE: entry(
    422,
    ['共 {rows} 条，超过一次导出的上限 {max}', '{rows} are more than the {max} that one export may hold'],
    ['增加筛选条件后分次导出', 'Narrow the filter and export in parts'],
  ),
  // share
  COLUMN_UNKNOWN: entry(
    400,
    ['没有列 {column}', 'There is no column {column}'],
    [
      '相近的列：{near}；可见的列见数据集说明',
      'Near names: {near}; the description of the dataset lists what you see',
    ],
  ),
  SHARE_PURPOSE_NEEDED: entry(
    403,
    ['查询 {dataset} 须声明约定用途', 'A question to {dataset} needs one of the purposes agreed on'],
    ['在请求中写明 purpose', 'Tell the purpose with the question'],
  ),
  SHARE_QUOTA_USED: entry(
    429,
    ['策略「{policy}」的当日配额已用完', 'The quota of the policy "{policy}" is used up for today'],
    [
      '{seconds} 秒后重新计数，或请数据所有方提高配额',
      'It begins anew in {seconds} seconds; the owner of the data can raise it',
    ],
  ),
  SHARE_BUSY: entry(
    429,
    [
      '策略「{policy}」只允许同时进行 {max} 个查询',
      'The policy "{policy}" allows {max} questions at the same moment',
    ],
    ['等前面的查询结束后重试', 'Wait until one has ended and try again'],
  ),
  EXPORT_NOT_READY: entry(
    409,
    ['导出尚未完成', 'The export is not ready'],
    ['查看任务进度，完成后再下载', 'Look at its job and fetch the file when it has ended'],
  ),
  EXPORT_STOPPED: entry(
    403,
    [
      '导出已中止：密钥、用户或授权在导出期间被撤销或变更，文件已丢弃',
      'The export was stopped: a key, person or grant was revoked or changed meanwhile; the file was thrown away',
    ],
    ['确认权限后重新导出', 'See what is granted now and export again'],
  ),
  ACCESS_REQUEST_INVALID: entry(
    422,
    ['申请无效：{reason}', 'The request for access is not valid: {reason}'],
    [
      '可以申请的列见该数据集的可申请列清单',
      'The list of columns of the dataset tells what may be asked for',
    ],
  ),
  ACCESS_REQUEST_CLOSED: entry(
    409,
    ['申请已处理，当前状态：{state}', 'The request for access is not open any more: {state}'],
    [
      '刷新后查看结果；仍有需要请重新申请',
      'Reload to see what became of it; ask again if it is still needed',
    ],
  ),
  ACCESS_REQUESTS_TOO_MANY: entry(
    429,
    [
      '未处理的申请最多 {open} 份，每 24 小时最多提交 {day} 份',
      'At most {open} requests for access may be open, and {day} made within 24 hours',
    ],
    ['等待处理，或先撤回不再需要的申请', 'Wait for an answer, or withdraw those that are not needed'],
  ),
  POLICY_INVALID: entry(
    422,
    ['策略无效：{reason}', 'The policy is not valid: {reason}'],
    ['按提示修改后重新保存', 'Correct it as told and save it again'],
  ),
  POLICY_CHANGED: entry(
    409,
    [
      '策略已被他人修改，当前为第 {version} 版',
      'Somebody changed the policy; it is at version {version} now',
    ],
    ['重新读取后再修改', 'Read it again, then change it'],
  ),
  // jobs
  JOB_NOT_ACTIVE: entry(
    409,
    ['任务已结束，不能取消', 'The job has ended and cannot be cancelled'],
    ['如需再次执行，请选择重试', 'Choose retry to run it again'],
  ),
  JOB_ACTIVE: entry(
    409,
    ['任务尚未结束', 'The job has not ended yet'],
    ['等待任务结束，或先取消它', 'Wait for it to end or cancel it first'],
  ),
  JOB_KIND_UNKNOWN: entry(
    404,
    ['没有任务类型 {kind}', 'There is no job of kind {kind}'],
    ['任务类型见任务页面', 'The kinds are listed on the jobs page'],
  ),

  // share
  SQL_REFUSED: entry(
    400,
    [
      '查询被拒绝：{reason}（位置 {position}：{near}）',
      'The query is refused: {reason} (at {position}: {near})',
    ],
    [
      '支持的语法与函数见 SQL 接口说明；一次一条 SELECT',
      'The guide of the SQL door lists the grammar and the functions; one SELECT at a time',
    ],
  ),
  // apply
  ALERT_RULE_INVALID: entry(
    400,
    ['预警规则不成立：{reason}', 'The alert rule cannot be: {reason}'],
    ['按提示修改后重新保存', 'Correct it as told and save it again'],
  ),
  ALERT_RULE_CHANGED: entry(
    409,
    [
      '预警规则已被他人修改，当前为第 {version} 版',
      'Somebody changed the alert rule; it is at version {version} now',
    ],
    ['重新读取后再修改', 'Read it again, then change it'],
  ),
  CHANNEL_INVALID: entry(
    400,
    ['通知渠道不成立：{reason}', 'The channel cannot be: {reason}'],
    ['按提示修改后重新保存', 'Correct it as told and save it again'],
  ),
  CHANNEL_TARGET_REFUSED: entry(
    400,
    ['通知地址 {target} 不在允许范围内', 'The address {target} is not allowed for notices'],
    [
      '由管理员在 applyNotifyHosts 中加入该主机和端口',
      'An administrator adds host and port to applyNotifyHosts',
    ],
  ),
  ALERT_TRIAL_TOO_LARGE: entry(
    400,
    [
      '试算涉及 {samples} 条读数，上限为 {limit} 条',
      'The trial would go through {samples} readings; {limit} are allowed',
    ],
    ['缩短时间范围或减少点位', 'Choose a shorter time or fewer points'],
  ),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];
export const ErrorCode = z.enum(ERROR_CODES);

/** The one JSON shape of every error answer (the InfluxDB-compatible doors answer as InfluxDB does). */
export const ErrorBody = z
  .object({
    error: z.object({
      code: ErrorCode,
      message: z.string(),
      hint: z.string(),
      requestId: z.string(),
      details: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    }),
  })
  .meta({ id: 'ErrorBody' });
export type ErrorBody = z.infer<typeof ErrorBody>;

/** Fills `{name}` in a catalog text; a name without a value stays visible, so that a missing one is noticed. */
export const fillText = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
