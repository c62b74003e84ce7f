/** Loaded by those who send mail alone, as a file of the build: what is loaded from the build's own files may be, and a package by itself may not. */
export { createTransport } from 'nodemailer'
