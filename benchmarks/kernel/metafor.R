# The tasks of kernel.py in metafor. usage: Rscript metafor.R <folder with the data>
# Reads one "<task> <n>" a line, does the task n times, answers with the seconds of one pass on a
# line, and the numbers to compare on the next. Only the task is timed.
suppressMessages(library(metafor))
folder <- commandArgs(trailingOnly = TRUE)[1]
table_of <- function(name) as.matrix(read.csv(file.path(folder, name), header = FALSE))
data <- lapply(c(many = "many", leave_one_out = "leave_one_out", influence = "influence",
                 meta_regression = "meta_regression"), function(name) {
  list(yi = table_of(paste0(name, "_yi.csv")), vi = table_of(paste0(name, "_vi.csv")))
})
moderators <- table_of("moderators.csv")

tasks <- list(
  # rma gives z intervals, Q and I2, predict the prediction interval, confint that of tau2 (Q-profile).
  # Where its iterations do not converge, rma stops: NA.
  many = function(d, n) sapply(seq_len(n), function(i) tryCatch({
    fit <- rma(d$yi[i, ], d$vi[i, ], method = "REML")
    predict(fit)
    confint(fit)
    as.numeric(fit$b)
  }, error = function(e) NA_real_)),
  leave_one_out = function(d, n) leave1out(rma(d$yi[1, ], d$vi[1, ]))$estimate,
  influence = function(d, n) as.numeric(influence(rma(d$yi[1, ], d$vi[1, ]))$inf$rstudent),
  meta_regression = function(d, n) as.numeric(rma(d$yi[1, ], d$vi[1, ], mods = moderators)$b)
)

cat("metafor", as.character(packageVersion("metafor")), "R", as.character(getRversion()), "\n")
flush(stdout())
input <- file("stdin", "r")
while (length(line <- readLines(input, 1)) > 0) {
  words <- strsplit(line, " ")[[1]]
  started <- proc.time()[["elapsed"]]
  passes <- 0
  # proc.time ticks in milliseconds: passes go on until they are long enough to be measured.
  repeat {
    numbers <- tasks[[words[1]]](data[[words[1]]], as.integer(words[2]))
    passes <- passes + 1
    seconds <- proc.time()[["elapsed"]] - started
    if (seconds > 0.2) break
  }
  cat(seconds / passes, "\n", paste(format(numbers, digits = 15), collapse = " "), "\n", sep = "")
  flush(stdout())
}
