import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ERRORS, fillText, LinkSettings } from '@ronghe/contracts';
import { AppError, valuesIn } from '#platform/errors/errors.ts';
import { type LinkArguments, readArguments } from './arguments.ts';
import { proposeSettings } from './auto.service.ts';
import type { Proposal } from './auto.ts';
import { evaluateRun, patternOf } from './evaluating.service.ts';
import { explainPair } from './explaining.service.ts';
import { refuse } from './failure.ts';
import { checkColumns, closeInputs, findHeader, noColumn, openInputs } from './inputs.reader.ts';
import { type Linked, link } from './linking.service.ts';
import { openOwnEngine } from './linking.store.ts';
import { writeClusters, writePairs } from './outputs.service.ts';
import { reportOf, reportText } from './report.ts';

/**
 * Links files as a process of its own, for the command line: ClickHouse in this process on a temporary folder, no platform.
 * Progress goes to standard error, the report to standard output.
 */
async function main(args: readonly string[]): Promise<void> {
  const asked = readArguments(args);
  const startedAt = performance.now();
  const inputs = await openInputs(asked.inputs, asked.id);
  const settings = await checkedSettings(asked, inputs).catch(async (error) => {
    await closeInputs(inputs);
    throw error;
  });
  const folder = mkdtempSync(join(tmpdir(), 'ronghe-link-'));
  const analytics = await openOwnEngine(folder, asked.memoryMegabytes * 1e6);
  try {
    const linked = await link(analytics, {
      inputs,
      settings,
      oneToOne: asked.oneToOne,
      truth: asked.truth !== null && !existsSync(asked.truth) ? asked.truth : null,
      database: 'link',
      folder,
      tell: ({ zh, en }) => process.stderr.write(`${zh} ${en}\n`),
    });
    if (asked.saveSettings)
      writeFileSync(asked.saveSettings, `${JSON.stringify(linked.settings, null, 2)}\n`);
    if (asked.clusters) await writeClusters(asked.clusters, linked);
    if (asked.pairs)
      await writePairs(asked.pairs, linked, { settings: linked.settings, review: asked.review });
    const evaluated =
      asked.truth === null && asked.truthPattern === null ? null : await evaluateRun(linked, asked);
    const report = reportOf(linked, {
      settings: linked.settings,
      evaluated,
      seconds: (performance.now() - startedAt) / 1000,
      processorSeconds: processorSeconds(),
      memoryBytes: process.resourceUsage().maxRSS * 1024,
    });
    process.stdout.write(reportText(report));
    if (asked.report) writeFileSync(asked.report, `${JSON.stringify(report, null, 2)}\n`);
    await explain(linked, asked, linked.settings);
    if (asked.sql) writeFileSync(asked.sql, sqlText(linked));
  } finally {
    await analytics.stop();
    await closeInputs(inputs);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Everything that can be wrong is told before the work begins, not after it. */
async function checkedSettings(
  asked: LinkArguments,
  inputs: Awaited<ReturnType<typeof openInputs>>,
): Promise<LinkSettings | Proposal> {
  for (const path of [asked.clusters, asked.pairs, asked.report, asked.sql, asked.saveSettings])
    if (path !== null && !existsSync(dirname(resolve(path))))
      throw refuse(
        [`输出文件 ${path} 所在的文件夹不存在`, `the folder of the output ${path} does not exist`],
        ['先创建该文件夹', 'Make the folder first'],
      );
  const without =
    asked.truth === null || existsSync(asked.truth)
      ? undefined
      : inputs.find(({ columns }) => findHeader(columns, asked.truth ?? '') < 0);
  if (without)
    throw noColumn('truth', { name: without.name, columns: without.columns, header: asked.truth ?? '' });
  if (asked.truthPattern !== null) patternOf(asked.truthPattern);
  return settingsOf(asked, inputs);
}

async function settingsOf(
  asked: LinkArguments,
  inputs: Awaited<ReturnType<typeof openInputs>>,
): Promise<LinkSettings | Proposal> {
  if (asked.settings === 'auto') {
    const hidden = asked.truth !== null && !existsSync(asked.truth) ? [asked.truth] : [];
    const { proposal, leftOut } = await proposeSettings(inputs, { hidden });
    for (const { name, kind, from } of proposal.columns)
      process.stderr.write(`列 column ${name}: ${kind} (${(from ?? []).join(', ')})\n`);
    for (const { header, reason } of leftOut)
      process.stderr.write(`不用的列 column left out ${header}: ${reason}\n`);
    return proposal;
  }
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(asked.settings, 'utf8'));
  } catch (error) {
    throw refuse(
      [
        `设置文件 ${asked.settings} 无法读取：${(error as Error).message}`,
        `the settings ${asked.settings} cannot be read: ${(error as Error).message}`,
      ],
      [
        '用 --save-settings 保存一份自动生成的设置作起点',
        'Save generated ones with --save-settings to start from',
      ],
    );
  }
  const parsed = LinkSettings.safeParse(read);
  if (parsed.success) {
    checkColumns(inputs, parsed.data);
    return parsed.data;
  }
  const [issue] = parsed.error.issues;
  const place = issue?.path.join('.') ?? '';
  throw refuse(
    [
      `设置文件 ${asked.settings} 的 ${place} 有误：${issue?.message}`,
      `the settings ${asked.settings} are wrong at ${place}: ${issue?.message}`,
    ],
    ['按 docs/guides/linking.md 修正', 'Correct it as docs/guides/linking.md tells'],
  );
}

async function explain(
  linked: Linked,
  { explain: ids }: LinkArguments,
  settings: LinkSettings,
): Promise<void> {
  if (ids.length === 0) return;
  const [one, two] = ids;
  if (one === undefined || two === undefined || ids.length !== 2)
    throw refuse(
      ['--explain 需要两个标识', '--explain needs two ids'],
      ['写两次 --explain', 'Give --explain twice'],
    );
  process.stdout.write(await explainPair(linked, { one, two, settings }));
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const sqlText = ({ store }: Linked): string =>
  store.taken.map(({ name, sql, seconds }) => `-- ${name} (${seconds.toFixed(2)} s)\n${sql};\n`).join('\n');

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof AppError) {
    const { message, hint } = ERRORS[error.code];
    for (const language of ['zh', 'en'] as const) {
      const values = valuesIn(language, error.values);
      process.stderr.write(`${fillText(message[language], values)}. ${fillText(hint[language], values)}\n`);
    }
  } else process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = 1;
}
