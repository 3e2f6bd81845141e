/** Names of the simulated systems as their owners would write them. */
export const PARK_CLOUD_NAME = '江西省工业园区智慧云平台（模拟）';
export const OPERATION_MONITOR_NAME = '江西省工业运行监测管理平台（模拟）';
export const REGISTER_NAME = '江西省企业关系与要素登记（模拟）';

/** The only user of the park cloud. */
export const PARK_CLOUD_USER = 'ronghe';
