import type { PlantPoint } from './plants.ts';

const OVEN = '1号回流焊炉';
const METER = '1号电表';
const SPINDLE = '1号加工中心主轴';
const MACHINE = '1号五轴加工中心';
const TANK = '1号发酵罐';

const zone = (number: number): PlantPoint => ({
  key: `oven-1.zone-${number}.temperature`,
  name: `${number} 温区温度`,
  equipment: OVEN,
  unit: 'Cel',
  type: 'number',
});

/** The circuit board line. The part of a key before the first dot is the Sparkplug device. */
export const ELECTRONICS_POINTS: readonly PlantPoint[] = [
  ...[1, 2, 3, 4, 5, 6].map(zone),
  { key: 'oven-1.setpoint', name: '峰值温度设定值', equipment: OVEN, unit: 'Cel', type: 'number' },
  { key: 'oven-1.belt-speed', name: '链速', equipment: OVEN, unit: 'm/min', type: 'number' },
  { key: 'oven-1.oxygen', name: '氧含量', equipment: OVEN, unit: '[ppm]', type: 'number' },
  { key: 'oven-1.boards', name: '累计过板数', equipment: OVEN, unit: '1', type: 'number' },
  { key: 'oven-1.loaded', name: '炉内有板', equipment: OVEN, unit: null, type: 'boolean' },
  { key: 'energy-1.active-power', name: '有功功率', equipment: METER, unit: 'kW', type: 'number' },
  { key: 'energy-1.total', name: '累计电量', equipment: METER, unit: 'kW.h', type: 'number' },
];

/** The machining cell of the aircraft supplier. */
export const AVIATION_POINTS: readonly PlantPoint[] = [
  { key: 'spindle-1.speed', name: '主轴转速', equipment: SPINDLE, unit: '/min', type: 'number' },
  { key: 'spindle-1.load', name: '主轴负载', equipment: SPINDLE, unit: '%', type: 'number' },
  { key: 'spindle-1.vibration', name: '主轴振动', equipment: SPINDLE, unit: 'mm/s', type: 'number' },
  { key: 'spindle-1.temperature', name: '主轴温度', equipment: SPINDLE, unit: 'Cel', type: 'number' },
  { key: 'spindle-1.override', name: '主轴倍率设定值', equipment: SPINDLE, unit: '%', type: 'number' },
  { key: 'axis-x.position', name: 'X 轴位置', equipment: MACHINE, unit: 'mm', type: 'number' },
  { key: 'axis-x.feed', name: 'X 轴进给', equipment: MACHINE, unit: 'mm/min', type: 'number' },
  { key: 'tool-1.wear', name: '刀具磨损', equipment: MACHINE, unit: '%', type: 'number' },
  { key: 'coolant-1.temperature', name: '切削液温度', equipment: MACHINE, unit: 'Cel', type: 'number' },
  { key: 'machine-1.operation', name: '当前工步', equipment: MACHINE, unit: null, type: 'text' },
  { key: 'machine-1.cutting', name: '切削中', equipment: MACHINE, unit: null, type: 'boolean' },
  { key: 'machine-1.parts', name: '累计零件数', equipment: MACHINE, unit: '1', type: 'number' },
  { key: 'energy-1.active-power', name: '有功功率', equipment: METER, unit: 'kW', type: 'number' },
  { key: 'energy-1.total', name: '累计电量', equipment: METER, unit: 'kW.h', type: 'number' },
];

/** The fermenter of the pharmaceutical plant. */
export const FERMENTER_POINTS: readonly PlantPoint[] = [
  {
    key: 'fermenter-1.temperature',
    name: '罐温',
    equipment: TANK,
    unit: 'Cel',
    type: 'number',
    range: [0, 100],
  },
  {
    key: 'fermenter-1.jacket-temperature',
    name: '夹套温度',
    equipment: TANK,
    unit: 'Cel',
    type: 'number',
    range: [0, 100],
  },
  { key: 'fermenter-1.ph', name: 'pH 值', equipment: TANK, unit: '[pH]', type: 'number', range: [0, 14] },
  {
    key: 'fermenter-1.dissolved-oxygen',
    name: '溶氧',
    equipment: TANK,
    unit: '%',
    type: 'number',
    range: [0, 100],
  },
  {
    key: 'fermenter-1.agitator-speed',
    name: '搅拌转速',
    equipment: TANK,
    unit: '/min',
    type: 'number',
    range: [0, 500],
  },
  {
    key: 'fermenter-1.agitator-current',
    name: '搅拌电流',
    equipment: TANK,
    unit: 'A',
    type: 'number',
    range: [0, 120],
  },
  {
    key: 'fermenter-1.pressure',
    name: '罐压',
    equipment: TANK,
    unit: 'kPa',
    type: 'number',
    range: [0, 200],
  },
  {
    key: 'fermenter-1.base-added',
    name: '本批补碱量',
    equipment: TANK,
    unit: 'L',
    type: 'number',
    range: [0, 500],
  },
  { key: 'fermenter-1.base-pump', name: '补碱泵', equipment: TANK, unit: null, type: 'boolean' },
  { key: 'fermenter-1.phase', name: '发酵阶段', equipment: TANK, unit: null, type: 'text' },
  { key: 'fermenter-1.batches', name: '累计批次', equipment: TANK, unit: '1', type: 'number' },
  {
    key: 'fermenter-1.setpoint',
    name: '罐温设定值',
    equipment: TANK,
    unit: 'Cel',
    type: 'number',
    range: [20, 42],
  },
  {
    key: 'energy-1.active-power',
    name: '有功功率',
    equipment: METER,
    unit: 'kW',
    type: 'number',
    range: [0, 120],
  },
  { key: 'energy-1.total', name: '累计电量', equipment: METER, unit: 'kW.h', type: 'number' },
];
