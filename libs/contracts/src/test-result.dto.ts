import { IsBoolean, IsIn, IsInt, IsObject, IsString } from 'class-validator';
import { Describe, HoldsList } from './describe.js';
import { MayBeOmitted, OrNull } from './validators.js';
import {
  type Addressing,
  ADDRESSING_STYLES,
  CHECK_NAMES,
  CHECK_STATUSES,
  type CheckName,
  type CheckStatus,
  CHECKSUM_MODES,
  type ChecksumMode,
} from './vocabulary.js';
import { Warning } from './warning.dto.js';

/** One step of a storage test, in the order run. */
export class Check {
  @Describe('The step.', 'authenticate')
  @IsIn(CHECK_NAMES)
  name!: CheckName;

  @Describe('How it ended.', 'ok')
  @IsIn(CHECK_STATUSES)
  status!: CheckStatus;

  @Describe('Whole milliseconds; null where nothing was run.', 38)
  @OrNull()
  @IsInt()
  duration_ms!: number | null;

  @Describe('For failed what went wrong, for skipped why.', null)
  @OrNull()
  @IsString()
  message!: string | null;
}

/** What a storage test came to, as events tell of it. */
export class TestSummary {
  @Describe('Whether the next backup can be expected to work.', true)
  @IsBoolean()
  success!: boolean;

  @Describe('One sentence: `Connection successful` or `Connection failed: …`.', 'Connection successful')
  @IsString()
  message!: string;

  @Describe('null: not reached.', true)
  @OrNull()
  @IsBoolean()
  bucket_exists!: boolean | null;

  @Describe('null: not reached.', true)
  @OrNull()
  @IsBoolean()
  can_write!: boolean | null;

  @Describe('null: not reached.', true)
  @OrNull()
  @IsBoolean()
  can_read!: boolean | null;

  @Describe('null: not reached.', true)
  @OrNull()
  @IsBoolean()
  can_delete!: boolean | null;

  @Describe('Whole milliseconds of one small request on the open connection; null unless success.', 145)
  @OrNull()
  @IsInt()
  latency_ms!: number | null;

  @Describe('The diagnosis, e.g. `container.not_found`; null on success.', null)
  @OrNull()
  @IsString()
  code!: string | null;

  @Describe('What to do next, naming the field and, where it is known, the value.', null)
  @OrNull()
  @IsString()
  hint!: string | null;

  @Describe('Fields and values that would mend it, where they are known.', null)
  @OrNull()
  @IsObject()
  suggested_config!: Record<string, string | number> | null;

  @Describe(
    'A line for a POSIX shell that shows the same failure by hand, without secrets: variables stand where one is wanted. null on success, and where nothing was asked of the storage.',
    null,
  )
  @OrNull()
  @IsString()
  reproduce!: string | null;

  @Describe('The steps, in the order run.')
  @HoldsList(() => Check)
  checks!: Check[];

  @Describe('What works and should be known all the same.')
  @HoldsList(() => Warning)
  warnings!: Warning[];

  @Describe('SFTP: the host key that was met, `SHA256:…`.', null)
  @OrNull()
  @IsString()
  host_key_sha256!: string | null;

  @Describe(
    'S3: how the bucket was found to be addressed, where the usual way was refused; backups keep to it.',
    'virtual',
  )
  @MayBeOmitted()
  @IsIn(ADDRESSING_STYLES)
  addressing?: Addressing;

  @Describe(
    'S3: the upload checksum that was found to be taken, where the usual one was refused; backups keep to it.',
    'md5',
  )
  @MayBeOmitted()
  @IsIn(CHECKSUM_MODES)
  checksum_mode?: ChecksumMode;
}

/** The answer to a storage test. A failed test is an answer: HTTP 200 either way. */
export class TestResult extends TestSummary {
  @Describe("The server's own words: vendor code, status, at most 200 characters of text.", null)
  @OrNull()
  @IsString()
  evidence!: string | null;
}
