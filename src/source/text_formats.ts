/** The formats of text inputs by the names that the engine knows them by. */
export const textFormats = ['combined', 'common', 'vcombined', 'json', 'exchanges', 'har'] as const

export type TextFormat = (typeof textFormats)[number]
