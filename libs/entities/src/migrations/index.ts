import type { MigrationInterface } from 'typeorm';
import { CreateStorage1764000000000 } from './0001-create-storage.js';
import { OrderEvents1764000100000 } from './0002-order-events.js';
import { RateTests1764000200000 } from './0003-rate-tests.js';
import { RecordHistory1764000300000 } from './0004-record-history.js';
import { AllowEgress1764000400000 } from './0005-allow-egress.js';
import { ChainAudit1764000500000 } from './0006-chain-audit.js';
import { PartTenants1764000600000 } from './0007-part-tenants.js';
import { CarryTraceState1764000700000 } from './0008-carry-trace-state.js';
import { RotateKeys1764000800000 } from './0009-rotate-keys.js';

export const MIGRATIONS: (new () => MigrationInterface)[] = [
  CreateStorage1764000000000,
  OrderEvents1764000100000,
  RateTests1764000200000,
  RecordHistory1764000300000,
  AllowEgress1764000400000,
  ChainAudit1764000500000,
  PartTenants1764000600000,
  CarryTraceState1764000700000,
  RotateKeys1764000800000,
];
