/** A prefecture-level city of Jiangxi with its place in the organisation tree and what belongs to it (GB/T 2260). */
export type City = {
  /** label in organisation paths: `jx.<label>` */
  label: string;
  division: string;
  name: string;
  areaCode: string;
  counties: readonly County[];
};
/** A county; `old` is the code that was valid until it became a district or city, still met in old registrations. */
export type County = {
  division: string;
  name: string;
  old?: { division: string; name: string; until: number };
};

const county = (division: string, name: string): County => ({ division, name });
const renamed = (division: string, name: string, old: [string, string, number]): County => ({
  division,
  name,
  old: { division: old[0], name: old[1], until: old[2] },
});

/** All 11 cities, each with the counties in which the invented enterprises sit. */
export const CITIES: readonly City[] = [
  {
    label: 'nanchang',
    division: '360100',
    name: '南昌市',
    areaCode: '0791',
    counties: [
      county('360111', '青山湖区'),
      county('360121', '南昌县'),
      renamed('360112', '新建区', ['360122', '新建县', 2015]),
      county('360124', '进贤县'),
    ],
  },
  {
    label: 'jingdezhen',
    division: '360200',
    name: '景德镇市',
    areaCode: '0798',
    counties: [county('360202', '昌江区'), county('360222', '浮梁县'), county('360281', '乐平市')],
  },
  {
    label: 'pingxiang',
    division: '360300',
    name: '萍乡市',
    areaCode: '0799',
    counties: [county('360302', '安源区'), county('360313', '湘东区'), county('360323', '芦溪县')],
  },
  {
    label: 'jiujiang',
    division: '360400',
    name: '九江市',
    areaCode: '0792',
    counties: [
      county('360482', '共青城市'),
      renamed('360404', '柴桑区', ['360421', '九江县', 2017]),
      county('360426', '德安县'),
    ],
  },
  {
    label: 'xinyu',
    division: '360500',
    name: '新余市',
    areaCode: '0790',
    counties: [county('360502', '渝水区'), county('360521', '分宜县')],
  },
  {
    label: 'yingtan',
    division: '360600',
    name: '鹰潭市',
    areaCode: '0701',
    counties: [
      county('360681', '贵溪市'),
      county('360602', '月湖区'),
      renamed('360603', '余江区', ['360622', '余江县', 2018]),
    ],
  },
  {
    label: 'ganzhou',
    division: '360700',
    name: '赣州市',
    areaCode: '0797',
    counties: [
      county('360702', '章贡区'),
      renamed('360703', '南康区', ['360782', '南康市', 2013]),
      renamed('360783', '龙南市', ['360727', '龙南县', 2020]),
      county('360722', '信丰县'),
    ],
  },
  {
    label: 'jian',
    division: '360800',
    name: '吉安市',
    areaCode: '0796',
    counties: [
      county('360802', '吉州区'),
      county('360821', '吉安县'),
      county('360803', '青原区'),
      county('360826', '泰和县'),
    ],
  },
  {
    label: 'yichun',
    division: '360900',
    name: '宜春市',
    areaCode: '0795',
    counties: [county('360982', '樟树市'), county('360902', '袁州区'), county('360983', '高安市')],
  },
  {
    label: 'fuzhou',
    division: '361000',
    name: '抚州市',
    areaCode: '0794',
    counties: [
      county('361002', '临川区'),
      renamed('361003', '东乡区', ['361029', '东乡县', 2016]),
      county('361027', '金溪县'),
    ],
  },
  {
    label: 'shangrao',
    division: '361100',
    name: '上饶市',
    areaCode: '0793',
    counties: [
      county('361102', '信州区'),
      renamed('361104', '广信区', ['361121', '上饶县', 2019]),
      renamed('361103', '广丰区', ['361122', '广丰县', 2015]),
      county('361181', '德兴市'),
    ],
  },
];

/** The city with a label. @throws RangeError when there is none */
export function cityOf(label: string): City {
  const city = CITIES.find((candidate) => candidate.label === label);
  if (!city) throw new RangeError(`no city ${label}`);
  return city;
}
