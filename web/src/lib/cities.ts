/** English names of Jiangxi and its cities by GB/T 2260 code; the server names divisions in Chinese. */
export const CITY_ENGLISH: Readonly<Record<string, string>> = {
  '360000': 'Jiangxi',
  '360100': 'Nanchang',
  '360200': 'Jingdezhen',
  '360300': 'Pingxiang',
  '360400': 'Jiujiang',
  '360500': 'Xinyu',
  '360600': 'Yingtan',
  '360700': 'Ganzhou',
  '360800': "Ji'an",
  '360900': 'Yichun',
  '361000': 'Fuzhou',
  '361100': 'Shangrao',
};
