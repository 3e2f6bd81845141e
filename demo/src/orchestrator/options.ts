import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';

export const USAGE = `用法 / usage: npm run demo -- [--data DIR] [--port N] [--scenario NAME] [--replay FILE [--speed N]]
  --data DIR       数据文件夹 / data folder (data/demo)
  --port N         门户端口 / port of the portal (8080, or a free one when it is taken)
  --scenario NAME  场景，list 列出全部 / a named scenario; list shows them
  --replay FILE    另外回放一个录制的 CSV / also replay a recorded CSV
  --speed N        回放速度，1 为原速 / speed of the replay, 1 is real time`;

export type DemoOptions = {
  dataFolder: string;
  /** null: the port kept from the last start, else 8080, else a free one; 0: a free one */
  port: number | null;
  scenario: ScenarioName;
  replay: { file: string; speed: number } | null;
};

/** What the command line asks for: run, or only print a text. @throws Error with a readable message */
export function readOptions(args: readonly string[]): { run: DemoOptions } | { print: string } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string', default: 'data/demo' },
      port: { type: 'string' },
      scenario: { type: 'string', default: 'normal' },
      replay: { type: 'string' },
      speed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { print: USAGE };
  if (values.scenario === 'list') return { print: scenarioList() };
  const { scenario } = values;
  if (!isScenario(scenario)) throw new Error(`没有场景 / no scenario ${scenario}\n${scenarioList()}`);
  const speed = Number(values.speed);
  if (!(speed > 0)) throw new Error('--speed 应大于 0 / must be above 0');
  return {
    run: {
      dataFolder: resolve(values.data),
      port: values.port === undefined ? null : portNumber(values.port),
      scenario,
      replay: values.replay === undefined ? null : { file: resolve(values.replay), speed },
    },
  };
}

const isScenario = (name: string): name is ScenarioName => Object.hasOwn(SCENARIOS, name);

const scenarioList = (): string =>
  Object.entries(SCENARIOS)
    .map(([name, { title }]) => `${name.padEnd(14)} ${title.zh} / ${title.en}`)
    .join('\n');

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${text}: 0–65535`);
  return port;
}
