import {
  ApartmentOutlined,
  ApiOutlined,
  AuditOutlined,
  BankOutlined,
  BarChartOutlined,
  BookOutlined,
  BranchesOutlined,
  CheckSquareOutlined,
  ClusterOutlined,
  DashboardOutlined,
  DatabaseOutlined,
  DiffOutlined,
  ExceptionOutlined,
  FileSearchOutlined,
  FundProjectionScreenOutlined,
  FunnelPlotOutlined,
  HomeOutlined,
  ImportOutlined,
  IssuesCloseOutlined,
  KeyOutlined,
  LineChartOutlined,
  MergeCellsOutlined,
  OrderedListOutlined,
  SafetyCertificateOutlined,
  ScheduleOutlined,
  SlidersOutlined,
  TableOutlined,
  UserOutlined,
} from '@ant-design/icons';
import type { Permission } from '@ronghe/contracts';
import type { ReactNode } from 'react';

/** One page of the menu. Menu, palette and the door of each page all read this list. */
export type MenuPage = {
  key: keyof typeof PAGE_PATHS;
  group: 'overview' | 'fuse' | 'share' | 'collect' | 'platform';
  /** what one must be allowed to see the page; null for everybody who is signed in */
  permission: Permission | null;
  icon: ReactNode;
};

export const PAGE_PATHS = {
  home: '/',
  province: '/province',
  indicators: '/fuse/indicators',
  enterprises: '/fuse/enterprises',
  parks: '/fuse/parks',
  review: '/fuse/review',
  lookup: '/fuse/search-before-create',
  decisions: '/fuse/decisions',
  model: '/fuse/model',
  survivorship: '/fuse/survivorship',
  sources: '/fuse/sources',
  runs: '/fuse/runs',
  quality: '/fuse/quality',
  qualityRules: '/fuse/quality/rules',
  qualityIssues: '/fuse/quality/issues',
  reference: '/fuse/reference',
  datasets: '/share/datasets',
  collectors: '/collect/collectors',
  points: '/collect/points',
  ledger: '/collect/ledger',
  intake: '/ingest/intake',
  rejects: '/ingest/rejects',
  jobs: '/platform/jobs',
  users: '/platform/users',
  organisations: '/platform/organisations',
  keys: '/platform/keys',
  audit: '/platform/audit',
  status: '/platform/status',
} as const;

export const MENU_PAGES: readonly MenuPage[] = [
  { key: 'home', group: 'overview', permission: null, icon: <HomeOutlined aria-hidden /> },
  {
    key: 'province',
    group: 'overview',
    permission: 'fuse:enterprise:read',
    icon: <FundProjectionScreenOutlined aria-hidden />,
  },
  {
    key: 'indicators',
    group: 'overview',
    permission: 'fuse:indicator:read',
    icon: <BarChartOutlined aria-hidden />,
  },
  {
    key: 'enterprises',
    group: 'fuse',
    permission: 'fuse:enterprise:read',
    icon: <BankOutlined aria-hidden />,
  },
  {
    key: 'parks',
    group: 'fuse',
    permission: 'fuse:enterprise:read',
    icon: <ClusterOutlined aria-hidden />,
  },
  {
    key: 'review',
    group: 'fuse',
    permission: 'fuse:enterprise:read',
    icon: <DiffOutlined aria-hidden />,
  },
  {
    key: 'lookup',
    group: 'fuse',
    permission: 'fuse:enterprise:read',
    icon: <FileSearchOutlined aria-hidden />,
  },
  {
    key: 'decisions',
    group: 'fuse',
    permission: 'fuse:enterprise:read',
    icon: <MergeCellsOutlined aria-hidden />,
  },
  {
    key: 'model',
    group: 'fuse',
    permission: 'fuse:enterprise:read',
    icon: <SlidersOutlined aria-hidden />,
  },
  {
    key: 'survivorship',
    group: 'fuse',
    permission: 'fuse:enterprise:read',
    icon: <FunnelPlotOutlined aria-hidden />,
  },
  { key: 'sources', group: 'fuse', permission: 'fuse:source:read', icon: <DatabaseOutlined aria-hidden /> },
  { key: 'runs', group: 'fuse', permission: 'fuse:run:read', icon: <BranchesOutlined aria-hidden /> },
  {
    key: 'quality',
    group: 'fuse',
    permission: 'fuse:quality:read',
    icon: <SafetyCertificateOutlined aria-hidden />,
  },
  {
    key: 'qualityRules',
    group: 'fuse',
    permission: 'fuse:quality:read',
    icon: <OrderedListOutlined aria-hidden />,
  },
  {
    key: 'qualityIssues',
    group: 'fuse',
    permission: 'fuse:quality:read',
    icon: <IssuesCloseOutlined aria-hidden />,
  },
  {
    key: 'reference',
    group: 'fuse',
    permission: 'fuse:reference:read',
    icon: <BookOutlined aria-hidden />,
  },
  {
    key: 'datasets',
    group: 'share',
    permission: 'share:dataset:read',
    icon: <TableOutlined aria-hidden />,
  },
  {
    key: 'collectors',
    group: 'collect',
    permission: 'collect:collector:read',
    icon: <ApiOutlined aria-hidden />,
  },
  {
    key: 'points',
    group: 'collect',
    permission: 'collect:point:read',
    icon: <LineChartOutlined aria-hidden />,
  },
  {
    key: 'ledger',
    group: 'collect',
    permission: 'ingest:observation:read',
    icon: <CheckSquareOutlined aria-hidden />,
  },
  {
    key: 'intake',
    group: 'collect',
    permission: 'ingest:observation:read',
    icon: <ImportOutlined aria-hidden />,
  },
  {
    key: 'rejects',
    group: 'collect',
    permission: 'ingest:reject:read',
    icon: <ExceptionOutlined aria-hidden />,
  },
  { key: 'jobs', group: 'platform', permission: 'platform:job:read', icon: <ScheduleOutlined aria-hidden /> },
  {
    key: 'organisations',
    group: 'platform',
    permission: 'platform:organisation:read',
    icon: <ApartmentOutlined aria-hidden />,
  },
  { key: 'users', group: 'platform', permission: 'platform:user:read', icon: <UserOutlined aria-hidden /> },
  { key: 'keys', group: 'platform', permission: 'platform:key:read', icon: <KeyOutlined aria-hidden /> },
  { key: 'audit', group: 'platform', permission: 'platform:audit:read', icon: <AuditOutlined aria-hidden /> },
  {
    key: 'status',
    group: 'platform',
    permission: 'platform:status:read',
    icon: <DashboardOutlined aria-hidden />,
  },
];
export const MENU_GROUPS = ['overview', 'fuse', 'share', 'collect', 'platform'] as const;
