import { plantOf } from '../province/plants.ts';
import { fermenter } from './models/fermenter.ts';
import { furnace } from './models/furnace.ts';
import { press } from './models/press.ts';
import { reflow } from './models/reflow.ts';
import { spindle } from './models/spindle.ts';
import { spinning } from './models/spinning.ts';
import { createSimulation, type Model, type Simulation } from './simulation.ts';

/** Starts the physics of a plant by its key. @throws RangeError when there is no such plant */
export function simulatePlant(key: string, startMs: number): Simulation {
  const { setpoint } = plantOf(key);
  const start = <State>(model: Model<State>) => createSimulation({ model, name: key, startMs, setpoint });
  switch (key) {
    case 'yuzhang-copper':
      return start(furnace);
    case 'langxi-biopharma':
      return start(fermenter);
    case 'pengli-textile':
      return start(spinning);
    case 'zhangcheng-machinery':
      return start(press);
    case 'luling-electronics':
      return start(reflow);
    case 'ganpo-aviation':
      return start(spindle);
    default:
      throw new RangeError(`no model for ${key}`);
  }
}
