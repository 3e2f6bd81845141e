import type { ModbusPlace, PlantPoint } from './plants.ts';

const FRAME = '1号细纱机';
const ROOM = '1号车间空调';
const METER = '1号电表';
const PRESS = '1号液压机';
const PUMP = '1号主油泵';

const float32 = (address: string): ModbusPlace => ({ address, encoding: 'float32' });
const scaled = (address: string, scale: number): ModbusPlace => ({ address, encoding: 'int16', scale });
const uint32 = (address: string, scale = 1): ModbusPlace => ({ address, encoding: 'uint32', scale });
const bit = (address: string): ModbusPlace => ({ address, encoding: 'boolean' });

/** The spinning frame: floats, scaled integers, counters, a discrete input, as an older controller mixes them. */
export const TEXTILE_POINTS: readonly PlantPoint[] = [
  {
    key: 'frame-1.spindle-speed',
    name: '锭速',
    equipment: FRAME,
    unit: '/min',
    type: 'number',
    modbus: float32('input:0'),
  },
  {
    key: 'frame-1.motor-current',
    name: '主电机电流',
    equipment: FRAME,
    unit: 'A',
    type: 'number',
    modbus: float32('input:2'),
  },
  {
    key: 'frame-1.motor-temperature',
    name: '主电机温度',
    equipment: FRAME,
    unit: 'Cel',
    type: 'number',
    modbus: scaled('input:4', 0.1),
  },
  {
    key: 'frame-1.yarn-breaks',
    name: '累计断头数',
    equipment: FRAME,
    unit: '1',
    type: 'number',
    modbus: uint32('input:6'),
  },
  {
    key: 'frame-1.ends-down',
    name: '当前断头数',
    equipment: FRAME,
    unit: '1',
    type: 'number',
    modbus: { address: 'input:8', encoding: 'uint16' },
  },
  {
    key: 'frame-1.yarn-length',
    name: '累计纱长',
    equipment: FRAME,
    unit: 'km',
    type: 'number',
    modbus: uint32('input:10'),
  },
  {
    key: 'frame-1.doffs',
    name: '累计落纱次数',
    equipment: FRAME,
    unit: '1',
    type: 'number',
    modbus: uint32('input:12'),
  },
  {
    key: 'frame-1.running',
    name: '运行状态',
    equipment: FRAME,
    unit: null,
    type: 'boolean',
    modbus: bit('discrete:0'),
  },
  {
    key: 'frame-1.setpoint',
    name: '锭速设定值',
    equipment: FRAME,
    unit: '/min',
    type: 'number',
    modbus: float32('holding:100'),
  },
  {
    key: 'room-1.temperature',
    name: '车间温度',
    equipment: ROOM,
    unit: 'Cel',
    type: 'number',
    modbus: scaled('input:20', 0.1),
  },
  {
    key: 'room-1.humidity',
    name: '车间湿度',
    equipment: ROOM,
    unit: '%',
    type: 'number',
    modbus: scaled('input:21', 0.1),
  },
  {
    key: 'energy-1.active-power',
    name: '有功功率',
    equipment: METER,
    unit: 'kW',
    type: 'number',
    modbus: float32('input:30'),
  },
  {
    key: 'energy-1.total',
    name: '累计电量',
    equipment: METER,
    unit: 'kW.h',
    type: 'number',
    modbus: uint32('input:32', 0.1),
  },
];

/** The hydraulic press; its meter swaps the words of a float, as many do. */
export const MACHINERY_POINTS: readonly PlantPoint[] = [
  {
    key: 'press-1.pressure',
    name: '液压压力',
    equipment: PRESS,
    unit: 'MPa',
    type: 'number',
    modbus: float32('holding:0'),
  },
  {
    key: 'press-1.ram-position',
    name: '滑块位置',
    equipment: PRESS,
    unit: 'mm',
    type: 'number',
    modbus: float32('holding:2'),
  },
  {
    key: 'press-1.oil-temperature',
    name: '油温',
    equipment: PRESS,
    unit: 'Cel',
    type: 'number',
    modbus: scaled('holding:4', 0.1),
  },
  {
    key: 'press-1.strokes',
    name: '累计行程数',
    equipment: PRESS,
    unit: '1',
    type: 'number',
    modbus: uint32('holding:6'),
  },
  {
    key: 'press-1.running',
    name: '运行状态',
    equipment: PRESS,
    unit: null,
    type: 'boolean',
    modbus: bit('coil:0'),
  },
  {
    key: 'press-1.oil-overheated',
    name: '油温过高',
    equipment: PRESS,
    unit: null,
    type: 'boolean',
    modbus: bit('coil:1'),
  },
  {
    key: 'press-1.setpoint',
    name: '压力设定值',
    equipment: PRESS,
    unit: 'MPa',
    type: 'number',
    modbus: float32('holding:100'),
  },
  {
    key: 'pump-1.current',
    name: '油泵电流',
    equipment: PUMP,
    unit: 'A',
    type: 'number',
    modbus: scaled('holding:8', 0.1),
  },
  {
    key: 'pump-1.vibration',
    name: '油泵振动',
    equipment: PUMP,
    unit: 'mm/s',
    type: 'number',
    modbus: scaled('holding:9', 0.01),
  },
  {
    key: 'energy-1.active-power',
    name: '有功功率',
    equipment: METER,
    unit: 'kW',
    type: 'number',
    modbus: { ...float32('holding:20'), wordOrder: 'little' },
  },
  {
    key: 'energy-1.voltage',
    name: '线电压',
    equipment: METER,
    unit: 'V',
    type: 'number',
    modbus: { address: 'holding:22', encoding: 'uint16', scale: 0.1 },
  },
  {
    key: 'energy-1.total',
    name: '累计电量',
    equipment: METER,
    unit: 'kW.h',
    type: 'number',
    modbus: uint32('holding:24', 0.1),
  },
];
