/** A processor in a file of its own. */
module.exports = async (job) => ({ doubled: job.data.n * 2, pid: process.pid });
