import type { PointType } from '@ronghe/contracts';
import { MACHINERY_POINTS, TEXTILE_POINTS } from './points-modbus.ts';
import { SMELTER_POINTS } from './points-opcua.ts';
import { AVIATION_POINTS, ELECTRONICS_POINTS, FERMENTER_POINTS } from './points-sparkplug.ts';

/** How a Modbus server carries a value; big-endian unless said otherwise. */
export type ModbusEncoding = 'float32' | 'int16' | 'uint16' | 'uint32' | 'boolean';
/** Where a value stands in a Modbus device: `holding:100`, `coil:3` …; the value is raw × scale. */
export type ModbusPlace = {
  address: string;
  encoding: ModbusEncoding;
  wordOrder?: 'big' | 'little';
  scale?: number;
};

/** One point of a plant, as the device offers it. */
export type PlantPoint = {
  key: string;
  /** what people call it */
  name: string;
  equipment: string;
  /** UCUM code; null for states and texts */
  unit: string | null;
  type: PointType;
  /** limits of the instrument; OPC UA tells them as EURange */
  range?: readonly [low: number, high: number];
  modbus?: ModbusPlace;
};

/** The protocols of the plants, the one whose server takes longest to start first. */
export const PLANT_PROTOCOLS = ['opcua', 'sparkplug', 'modbus'] as const;
export type PlantProtocol = (typeof PLANT_PROTOCOLS)[number];

/** One simulated plant: an enterprise of the province with its equipment behind one protocol. */
export type Plant = {
  /** label in the organisation path, name of the collector */
  key: string;
  /** number of the enterprise in `generateEnterprises()` */
  enterprise: number;
  organisation: string;
  title: string;
  protocol: PlantProtocol;
  /** name of the connection inside the collector */
  connection: string;
  setpoint: { key: string; value: number; low: number; high: number };
  points: readonly PlantPoint[];
};

/** One plant for each of the six key industries, in six cities. */
export const PLANTS: readonly Plant[] = [
  {
    key: 'yuzhang-copper',
    enterprise: 0,
    organisation: 'jx.yingtan.yuzhang-copper',
    title: '豫章澜铜业',
    protocol: 'opcua',
    connection: 'furnace',
    setpoint: { key: 'furnace-1.setpoint', value: 1200, low: 1100, high: 1280 },
    points: SMELTER_POINTS,
  },
  {
    key: 'langxi-biopharma',
    enterprise: 1,
    organisation: 'jx.yichun.langxi-biopharma',
    title: '琅溪樾生物医药',
    protocol: 'sparkplug',
    connection: 'fermenter',
    setpoint: { key: 'fermenter-1.setpoint', value: 37, low: 20, high: 42 },
    points: FERMENTER_POINTS,
  },
  {
    key: 'pengli-textile',
    enterprise: 2,
    organisation: 'jx.jiujiang.pengli-textile',
    title: '彭蠡岫纺织',
    protocol: 'modbus',
    connection: 'frame',
    setpoint: { key: 'frame-1.setpoint', value: 15_000, low: 0, high: 18_000 },
    points: TEXTILE_POINTS,
  },
  {
    key: 'zhangcheng-machinery',
    enterprise: 3,
    organisation: 'jx.ganzhou.zhangcheng-machinery',
    title: '章澄重型机床',
    protocol: 'modbus',
    connection: 'press',
    setpoint: { key: 'press-1.setpoint', value: 20, low: 2, high: 28 },
    points: MACHINERY_POINTS,
  },
  {
    key: 'luling-electronics',
    enterprise: 4,
    organisation: 'jx.jian.luling-electronics',
    title: '庐陵昱电子科技',
    protocol: 'sparkplug',
    connection: 'line',
    setpoint: { key: 'oven-1.setpoint', value: 245, low: 180, high: 280 },
    points: ELECTRONICS_POINTS,
  },
  {
    key: 'ganpo-aviation',
    enterprise: 5,
    organisation: 'jx.nanchang.ganpo-aviation',
    title: '赣鄱翊航空装备',
    protocol: 'sparkplug',
    connection: 'cell',
    setpoint: { key: 'spindle-1.override', value: 100, low: 0, high: 120 },
    points: AVIATION_POINTS,
  },
];

/** The plant with a key. @throws RangeError when there is none */
export function plantOf(key: string): Plant {
  const plant = PLANTS.find((candidate) => candidate.key === key);
  if (!plant) throw new RangeError(`no plant ${key}; there are ${PLANTS.map((each) => each.key).join(', ')}`);
  return plant;
}
