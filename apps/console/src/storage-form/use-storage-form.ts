import { useForm, type UseFormReturn } from 'react-hook-form';
import { asProblem, type ProblemError } from '../api/problem.js';
import { useUnsaved } from '../unsaved/unsaved.js';
import type { FormValues } from './request-body.js';

export type StorageForm = UseFormReturn<FormValues>;

/**
 * The inputs are uncontrolled: a secret is in its input and nowhere else in the document, and goes with it.
 * Only the API validates, so that there is one set of rules, in one wording.
 */
export function useStorageForm(initial: FormValues): StorageForm {
  const form = useForm<FormValues>({ defaultValues: initial });
  useUnsaved(form.formState.isDirty);
  return form;
}

/** Shows each refused field at its input and goes to the first. @returns what belongs to no input, to be shown by itself */
export function showFieldErrors(form: StorageForm, error: unknown): ProblemError | null {
  const problem = asProblem(error);
  const known = problem.errors.filter(({ field }) => field in form.getValues());
  known.forEach(({ field, message }, index) => form.setError(field, { message }, { shouldFocus: index === 0 }));
  return known.length > 0 && known.length === problem.errors.length ? null : problem;
}
