import type { Bilingual } from '@ronghe/contracts';
import type { Client } from './client.ts';
import { fuseImport } from './commands.fuse.ts';
import { demo, edge, explain, link, profile, restore, start } from './commands.local.ts';
import {
  auditVerify,
  backupCreate,
  backupList,
  keyAdd,
  keyList,
  keyRevoke,
  keyRotate,
  status,
  userAdd,
  userList,
  userPassword,
} from './commands.remote.ts';

export type Options = Readonly<Record<string, string | undefined>>;
export type Call = {
  words: readonly string[];
  options: Options;
  client: () => Client;
  rest: readonly string[];
};
/** Returns what is printed; a thrown error is printed to standard error and the exit code is 1. */
export type Command = {
  name: string;
  summary: Bilingual;
  usage: string;
  run(call: Call): Promise<string>;
};

/** Every command of the command line; docs/reference/cli.md is generated from it. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'start',
    summary: { zh: '启动平台', en: 'Start the platform' },
    usage: 'ronghe start [--data DIR] [--port N] [--host ADDRESS] [--config FILE]',
    run: start,
  },
  {
    name: 'demo',
    summary: { zh: '启动演示省', en: 'Start the small province' },
    usage: 'ronghe demo [--data DIR] [--port N] [--scenario NAME] [--replay FILE]',
    run: demo,
  },
  {
    name: 'edge',
    summary: {
      zh: '在设备旁运行采集器；首次启动可用一次性接入码注册',
      en: 'Run collectors beside the machines; a new one enrols itself with a one-time code',
    },
    usage: 'ronghe edge --config FILE [--config FILE …] [--server URL --code CODE]',
    run: edge,
  },
  {
    name: 'fuse name',
    summary: { zh: '解析企业名称', en: 'Take a company name apart; prints JSON, needs no platform' },
    usage: 'ronghe fuse name "COMPANY NAME"',
    run: explain,
  },
  {
    name: 'fuse code',
    summary: { zh: '解释企业代码', en: 'Explain a number of an enterprise; prints JSON, needs no platform' },
    usage: 'ronghe fuse code CODE',
    run: explain,
  },
  {
    name: 'fuse profile',
    summary: {
      zh: '剖析表格文件的各列',
      en: 'Profile the columns of a table file; prints JSON, needs no platform',
    },
    usage: 'ronghe fuse profile FILE',
    run: profile,
  },
  {
    name: 'fuse link',
    summary: {
      zh: '找出文件中属于同一实体的记录；给出真值时打印准确率',
      en: 'Find records of files that are one entity; prints precision and recall when the truth is told; needs no platform',
    },
    usage:
      'ronghe fuse link --input A [--input B …] --id COLUMN [--settings FILE | --settings auto] [--one-to-one] [--truth COLUMN|FILE] [--truth-pattern REGEX] --clusters OUT.csv --pairs OUT.csv [--review P] [--explain ID --explain ID] [--save-settings FILE] [--sql FILE] [--report FILE] [--memory MB]',
    run: link,
  },
  {
    name: 'fuse import',
    summary: {
      zh: '导入表格文件：落地、映射并打印运行台账',
      en: 'Bring a table file in: land it, map it, print the ledger line',
    },
    usage: 'ronghe fuse import FILE --source NAME [--mapping auto|FILE.json] [--organisation PATH]',
    run: fuseImport,
  },
  {
    name: 'status',
    summary: { zh: '查看运行状态', en: 'Show the state of the platform' },
    usage: 'ronghe status',
    run: status,
  },
  {
    name: 'backup',
    summary: { zh: '创建备份', en: 'Make a backup of both engines and files' },
    usage: 'ronghe backup',
    run: backupCreate,
  },
  {
    name: 'backup list',
    summary: { zh: '列出备份', en: 'List the backups' },
    usage: 'ronghe backup list',
    run: backupList,
  },
  {
    name: 'restore',
    summary: { zh: '恢复到空的数据目录', en: 'Restore into an empty data folder' },
    usage: 'ronghe restore BACKUP_FOLDER --data DIR',
    run: restore,
  },
  {
    name: 'audit verify',
    summary: { zh: '校验审计链', en: 'Verify the audit chain' },
    usage: 'ronghe audit verify',
    run: auditVerify,
  },
  {
    name: 'user list',
    summary: { zh: '列出用户', en: 'List users' },
    usage: 'ronghe user list',
    run: userList,
  },
  {
    name: 'user add',
    summary: { zh: '添加用户', en: 'Add a user; the password is read from RONGHE_CLI_NEW_PASSWORD' },
    usage: 'ronghe user add NAME --title TITLE --organisation PATH --roles ROLE[,ROLE]',
    run: userAdd,
  },
  {
    name: 'user password',
    summary: { zh: '重设用户密码', en: 'Set a user’s password from RONGHE_CLI_NEW_PASSWORD' },
    usage: 'ronghe user password NAME',
    run: userPassword,
  },
  {
    name: 'key list',
    summary: { zh: '列出接口密钥', en: 'List API keys' },
    usage: 'ronghe key list',
    run: keyList,
  },
  {
    name: 'key add',
    summary: { zh: '签发接口密钥', en: 'Issue an API key; it is shown once' },
    usage: 'ronghe key add NAME --organisation PATH --permissions P[,P] [--expires TIME]',
    run: keyAdd,
  },
  {
    name: 'key rotate',
    summary: {
      zh: '更换接口密钥；旧密钥在宽限期内仍可用',
      en: 'Give an API key a new secret; the one until now works for some days (default 1)',
    },
    usage: 'ronghe key rotate ID [--grace-days N]',
    run: keyRotate,
  },
  {
    name: 'key revoke',
    summary: { zh: '吊销接口密钥', en: 'Revoke an API key' },
    usage: 'ronghe key revoke ID',
    run: keyRevoke,
  },
];

/** The command whose words begin the call, longest name first; null when there is none. */
export function findCommand(words: readonly string[]): Command | null {
  const sorted = [...COMMANDS].sort((a, b) => b.name.split(' ').length - a.name.split(' ').length);
  return sorted.find(({ name }) => name.split(' ').every((word, index) => words[index] === word)) ?? null;
}
