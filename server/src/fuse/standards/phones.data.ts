/** Area codes of Jiangxi's cities with the codes of their divisions. Every other land line code of China has 0 and two or three digits. */
export const AREA_CODES: Readonly<Record<string, string>> = {
  '0701': '360600',
  '0790': '360500',
  '0791': '360100',
  '0792': '360400',
  '0793': '361100',
  '0794': '361000',
  '0795': '360900',
  '0796': '360800',
  '0797': '360700',
  '0798': '360200',
  '0799': '360300',
};
