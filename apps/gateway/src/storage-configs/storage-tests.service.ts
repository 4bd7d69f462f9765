import { Inject, Injectable } from '@nestjs/common';
import type { Check, GatewayTest, TestDepth, TestResult, TestStorageConfig } from '@stowage/contracts';
import { newestKey } from '@stowage/encryption';
import { toStorageConfig } from '@stowage/entities';
import { checkFields } from '@stowage/providers';
import { ENVIRONMENT } from '../environment.module.js';
import type { GatewayEnvironment } from '../environment.js';
import type { Origin } from '../requests/origin.js';
import { TestRates } from '../test-rates/test-rates.js';
import { targetOf, type TestTarget } from '../test-rates/test-target.js';
import { Worker } from '../worker/worker.js';
import type { RowAccess } from './row-access.js';
import { sealInput } from './sealed-input.js';
import { StorageConfigsService } from './storage-configs.service.js';

const FULL_TEST_DEADLINE_MS = 120_000;
/** For the way to the worker and back, beside the test's own deadline. */
const TRAVEL_MS = 5_000;

export interface TestObserver {
  onCheck: (check: Check) => void;
  /** Fires when nobody waits for the result any more. */
  signal: AbortSignal;
}

/** A test that is ready to run: all that can be refused beforehand has been. */
export type RunTest = (observer?: TestObserver) => Promise<TestResult>;

@Injectable()
export class StorageTestsService {
  constructor(
    private readonly configs: StorageConfigsService,
    private readonly worker: Worker,
    private readonly rates: TestRates,
    @Inject(ENVIRONMENT) private readonly environment: GatewayEnvironment,
  ) {}

  async ofInput(
    organizationId: string | null,
    body: TestStorageConfig,
    depth: TestDepth,
    from: Origin,
  ): Promise<RunTest> {
    const { fields } = checkFields(body.provider, body);
    const sealed = await sealInput(body, newestKey(this.environment.WORKER_PUBLIC_KEYS_FILE, 'enc'));
    const request = from.asking({ organization_id: organizationId, depth, ...sealed });
    return this.run(request, targetOf(body.provider, fields), from);
  }

  async ofSaved(id: string, depth: TestDepth, access: RowAccess, from: Origin): Promise<RunTest> {
    const row = await this.configs.find(id, access);
    const request = from.asking({
      organization_id: row.organizationId,
      storage_config_id: row.id,
      depth,
      config: null,
    });
    return this.run(request, targetOf(row.provider, toStorageConfig(row)), from);
  }

  private run(request: GatewayTest, target: TestTarget | null, from: Origin): RunTest {
    const deadlineMs = this.deadlineOf(request.depth) + TRAVEL_MS;
    const test = { from, organizationId: request.organization_id, target, longestMs: deadlineMs };
    return (observer) =>
      this.rates.during(test, () =>
        this.worker.test<TestResult>(request, {
          deadlineMs,
          signal: observer?.signal,
          onProgress: observer && ((check) => observer.onCheck(check as Check)),
        }),
      );
  }

  private deadlineOf(depth: TestDepth): number {
    return depth === 'full' ? FULL_TEST_DEADLINE_MS : this.environment.TEST_DEADLINE_MS;
  }
}
