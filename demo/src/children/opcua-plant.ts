import { startOpcuaPlant } from '../plants/opcua-plant.ts';
import { plantProcess } from '../plants/plant-process.ts';

await plantProcess(startOpcuaPlant, 'yuzhang-copper');
