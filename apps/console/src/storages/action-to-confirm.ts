/** What is done to a storage only after a second click. */
export type ActionToConfirm = 'default' | 'deactivate' | 'activate' | 'remove';
