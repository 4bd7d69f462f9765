import type { MigrationInterface } from 'typeorm';
import { CreateStorage1764000000000 } from './0001-create-storage.js';

export const MIGRATIONS: (new () => MigrationInterface)[] = [CreateStorage1764000000000];
