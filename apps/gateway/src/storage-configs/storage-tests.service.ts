import { Inject, Injectable } from '@nestjs/common';
import type { Check, GatewayTest, TestDepth, TestResult, TestStorageConfig } from '@stowage/contracts';
import { newestKey } from '@stowage/encryption';
import { checkFields } from '@stowage/providers';
import { ENVIRONMENT } from '../environment.module.js';
import type { GatewayEnvironment } from '../environment.js';
import type { Origin } from '../requests/origin.js';
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
    @Inject(ENVIRONMENT) private readonly environment: GatewayEnvironment,
  ) {}

  async ofInput(
    organizationId: string | null,
    body: TestStorageConfig,
    depth: TestDepth,
    from: Origin,
  ): Promise<RunTest> {
    checkFields(body.provider, body);
    const sealed = await sealInput(body, newestKey(this.environment.WORKER_PUBLIC_KEYS_FILE, 'enc'));
    return this.run(from.asking({ organization_id: organizationId, depth, ...sealed }));
  }

  async ofSaved(id: string, depth: TestDepth, access: RowAccess, from: Origin): Promise<RunTest> {
    const row = await this.configs.find(id, access);
    return this.run(
      from.asking({ organization_id: row.organizationId, storage_config_id: row.id, depth, config: null }),
    );
  }

  private run(request: GatewayTest): RunTest {
    return (observer) =>
      this.worker.test<TestResult>(request, {
        deadlineMs: this.deadlineOf(request.depth) + TRAVEL_MS,
        signal: observer?.signal,
        onProgress: observer && ((check) => observer.onCheck(check as Check)),
      });
  }

  private deadlineOf(depth: TestDepth): number {
    return depth === 'full' ? FULL_TEST_DEADLINE_MS : this.environment.TEST_DEADLINE_MS;
  }
}
