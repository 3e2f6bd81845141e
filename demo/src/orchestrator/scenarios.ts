import type { Bilingual } from '@ronghe/contracts';
import type { PlantCommand } from '../plants/plant-server.ts';

/** One thing that happens in a scenario, seconds after everything is ready. */
export type ScenarioStep = { afterSeconds: number; plant: string; command: PlantCommand; say: string };
export type Scenario = {
  title: Bilingual;
  steps: readonly ScenarioStep[];
  /** the newest monthly file carries the faults marked `dirty-month` */
  dirtyMonth?: true;
};

/** The named scenarios of the demo; `demo/README.md` tells what to look at in each. */
export const SCENARIOS = {
  normal: { title: { zh: '一切正常', en: 'Everything works' }, steps: [] },
  outage: {
    title: {
      zh: '30 秒后冶炼厂 OPC UA 链路中断 60 秒，然后恢复',
      en: 'After 30 s the smelter’s OPC UA link is cut for 60 s and comes back',
    },
    steps: [
      {
        afterSeconds: 30,
        plant: 'yuzhang-copper',
        command: 'cut',
        say: '冶炼厂链路中断 / the smelter’s link is cut',
      },
      {
        afterSeconds: 90,
        plant: 'yuzhang-copper',
        command: 'restore',
        say: '冶炼厂链路恢复 / the smelter’s link is back',
      },
    ],
  },
  overheat: {
    title: {
      zh: '20 秒后反射炉燃气阀卡死，约 1 分钟后超温报警，5 分钟后恢复',
      en: 'After 20 s the furnace’s gas valve sticks: over-temperature within about a minute, repaired after 5 minutes',
    },
    steps: [
      {
        afterSeconds: 20,
        plant: 'yuzhang-copper',
        command: 'fault',
        say: '反射炉燃气阀卡死 / the gas valve sticks',
      },
      {
        afterSeconds: 320,
        plant: 'yuzhang-copper',
        command: 'normal',
        say: '燃气阀修复 / the gas valve is repaired',
      },
    ],
  },
  'dirty-month': {
    title: {
      zh: '最新月报有千倍单位错误和数字栏文字',
      en: 'The newest monthly file has amounts ×1000 and text in number cells',
    },
    steps: [],
    dirtyMonth: true,
  },
  'device-silent': {
    title: {
      zh: '30 秒后细纱机控制器不再应答（连接仍在），2 分钟后恢复',
      en: 'After 30 s the spinning frame’s controller stops answering while the connection stands; back after 2 minutes',
    },
    steps: [
      {
        afterSeconds: 30,
        plant: 'pengli-textile',
        command: 'silence',
        say: '细纱机控制器无应答 / the controller is silent',
      },
      {
        afterSeconds: 150,
        plant: 'pengli-textile',
        command: 'resume',
        say: '细纱机控制器恢复 / the controller answers again',
      },
    ],
  },
} as const satisfies Record<string, Scenario>;
export type ScenarioName = keyof typeof SCENARIOS;

/** Runs the steps of a scenario on their seconds; the returned function stops what has not happened yet. */
export function playScenario(
  name: ScenarioName,
  { command, say }: { command(plant: string, command: PlantCommand): void; say(line: string): void },
): () => void {
  const steps: readonly ScenarioStep[] = SCENARIOS[name].steps;
  const timers = steps.map((step) =>
    setTimeout(() => {
      say(step.say);
      command(step.plant, step.command);
    }, step.afterSeconds * 1000),
  );
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}
