import { plantProcess } from '../plants/plant-process.ts';
import { startSparkplugPlant } from '../plants/sparkplug-plant.ts';

await plantProcess(startSparkplugPlant, 'luling-electronics');
