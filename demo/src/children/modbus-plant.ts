import { startModbusPlant } from '../plants/modbus-plant.ts';
import { plantProcess } from '../plants/plant-process.ts';

await plantProcess(startModbusPlant, 'pengli-textile');
