import type { PlantPoint } from './plants.ts';

const FURNACE = '1号反射炉';
const COOLING = '1号冷却水系统';
const METER = '1号电表';

/** The copper smelter. */
export const SMELTER_POINTS: readonly PlantPoint[] = [
  {
    key: 'furnace-1.temperature',
    name: '炉膛温度',
    equipment: FURNACE,
    unit: 'Cel',
    type: 'number',
    range: [0, 1800],
  },
  {
    key: 'furnace-1.melt-temperature',
    name: '铜液温度',
    equipment: FURNACE,
    unit: 'Cel',
    type: 'number',
    range: [0, 1600],
  },
  {
    key: 'furnace-1.gas-flow',
    name: '天然气流量',
    equipment: FURNACE,
    unit: 'm3/h',
    type: 'number',
    range: [0, 2500],
  },
  {
    key: 'furnace-1.draft-pressure',
    name: '炉膛负压',
    equipment: FURNACE,
    unit: 'Pa',
    type: 'number',
    range: [-200, 50],
  },
  {
    key: 'furnace-1.flue-oxygen',
    name: '烟气含氧量',
    equipment: FURNACE,
    unit: '%',
    type: 'number',
    range: [0, 25],
  },
  {
    key: 'furnace-1.charge-mass',
    name: '炉内物料',
    equipment: FURNACE,
    unit: 't',
    type: 'number',
    range: [0, 120],
  },
  { key: 'furnace-1.phase', name: '工艺阶段', equipment: FURNACE, unit: null, type: 'text' },
  { key: 'furnace-1.heats', name: '累计炉次', equipment: FURNACE, unit: '1', type: 'number' },
  { key: 'furnace-1.over-temperature', name: '超温报警', equipment: FURNACE, unit: null, type: 'boolean' },
  {
    key: 'furnace-1.setpoint',
    name: '温度设定值',
    equipment: FURNACE,
    unit: 'Cel',
    type: 'number',
    range: [1100, 1280],
  },
  {
    key: 'cooling-1.outlet-temperature',
    name: '冷却水出口温度',
    equipment: COOLING,
    unit: 'Cel',
    type: 'number',
    range: [0, 100],
  },
  {
    key: 'energy-1.active-power',
    name: '有功功率',
    equipment: METER,
    unit: 'kW',
    type: 'number',
    range: [0, 500],
  },
  { key: 'energy-1.total', name: '累计电量', equipment: METER, unit: 'kW.h', type: 'number' },
];
