/**
 * Facts of GB/T 2260 for Jiangxi as of 2023-06-30: the 11 cities with their 100 counties, districts and county-level
 * cities. A county stands as the last two digits of its code with its name.
 */
export const CITIES: readonly { code: string; name: string; counties: string }[] = [
  {
    code: '360100',
    name: '南昌市',
    counties: '02东湖区 03西湖区 04青云谱区 11青山湖区 12新建区 13红谷滩区 21南昌县 23安义县 24进贤县',
  },
  { code: '360200', name: '景德镇市', counties: '02昌江区 03珠山区 22浮梁县 81乐平市' },
  { code: '360300', name: '萍乡市', counties: '02安源区 13湘东区 21莲花县 22上栗县 23芦溪县' },
  {
    code: '360400',
    name: '九江市',
    counties:
      '02濂溪区 03浔阳区 04柴桑区 23武宁县 24修水县 25永修县 26德安县 28都昌县 29湖口县 30彭泽县 81瑞昌市 82共青城市 83庐山市',
  },
  { code: '360500', name: '新余市', counties: '02渝水区 21分宜县' },
  { code: '360600', name: '鹰潭市', counties: '02月湖区 03余江区 81贵溪市' },
  {
    code: '360700',
    name: '赣州市',
    counties:
      '02章贡区 03南康区 04赣县区 22信丰县 23大余县 24上犹县 25崇义县 26安远县 28定南县 29全南县 30宁都县 31于都县 32兴国县 33会昌县 34寻乌县 35石城县 81瑞金市 83龙南市',
  },
  {
    code: '360800',
    name: '吉安市',
    counties:
      '02吉州区 03青原区 21吉安县 22吉水县 23峡江县 24新干县 25永丰县 26泰和县 27遂川县 28万安县 29安福县 30永新县 81井冈山市',
  },
  {
    code: '360900',
    name: '宜春市',
    counties: '02袁州区 21奉新县 22万载县 23上高县 24宜丰县 25靖安县 26铜鼓县 81丰城市 82樟树市 83高安市',
  },
  {
    code: '361000',
    name: '抚州市',
    counties:
      '02临川区 03东乡区 21南城县 22黎川县 23南丰县 24崇仁县 25乐安县 26宜黄县 27金溪县 28资溪县 30广昌县',
  },
  {
    code: '361100',
    name: '上饶市',
    counties:
      '02信州区 03广丰区 04广信区 23玉山县 24铅山县 25横峰县 26弋阳县 27余干县 28鄱阳县 29万年县 30婺源县 81德兴市',
  },
];

/** Names of GB/T 2260's list that stand for no place of their own. */
export const PLACEHOLDER_DIVISIONS = [
  '市辖区',
  '县',
  '省直辖县级行政区划',
  '自治区直辖县级行政区划',
] as const;

/** What became of county codes that still stand in registered codes and old lists: the year they ended and their successor. */
export const ENDED_DIVISIONS: readonly { code: string; name: string; ended: number; successor: string }[] = [
  { code: '360105', name: '湾里区', ended: 2019, successor: '360112' },
  { code: '360122', name: '新建县', ended: 2015, successor: '360112' },
  { code: '360421', name: '九江县', ended: 2017, successor: '360404' },
  { code: '360427', name: '星子县', ended: 2016, successor: '360483' },
  { code: '360622', name: '余江县', ended: 2018, successor: '360603' },
  { code: '360721', name: '赣县', ended: 2016, successor: '360704' },
  { code: '360727', name: '龙南县', ended: 2020, successor: '360783' },
  { code: '360782', name: '南康市', ended: 2013, successor: '360703' },
  { code: '361029', name: '东乡县', ended: 2016, successor: '361003' },
  { code: '361121', name: '上饶县', ended: 2019, successor: '361104' },
  { code: '361122', name: '广丰县', ended: 2015, successor: '361103' },
];

/** Names that counties carried before, under the code they have today, with the year of the change. */
export const RENAMED_DIVISIONS: readonly { code: string; name: string; ended: number }[] = [
  { code: '360402', name: '庐山区', ended: 2016 },
];

/**
 * Prefectures before they became cities, first four digits of their codes. County numbers changed too, so an old code
 * says only the city.
 */
export const ENDED_PREFECTURES: readonly {
  prefix: string;
  name: string;
  ended: number;
  successor: string;
}[] = [
  { prefix: '3621', name: '赣州地区', ended: 1998, successor: '360700' },
  { prefix: '3622', name: '宜春地区', ended: 2000, successor: '360900' },
  { prefix: '3623', name: '上饶地区', ended: 2000, successor: '361100' },
  { prefix: '3624', name: '吉安地区', ended: 2000, successor: '360800' },
  { prefix: '3625', name: '抚州地区', ended: 2000, successor: '361000' },
];
