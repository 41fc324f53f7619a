# Trim and fill of tied effects: Rscript make.R, in this folder. Needs metafor and jsonlite.
suppressMessages(library(metafor))
library(jsonlite)

# To convergence: the default threshold is an absolute 1e-5.
tight <- function(method) {
  if (method == "REML") list(threshold = 1e-14, maxiter = 100000) else list()
}

fill <- function(yi, vi, method, estimator) {
  control <- tight(method)
  fit <- rma(yi, vi, method = method, control = control)
  side <- trimfill(fit, estimator = "R0", control = control)$side
  # Rows sorted: then metafor, which breaks ties by row, breaks them by vi.
  o <- if (side == "left") order(yi, vi) else order(-yi, vi)
  fit <- rma(yi[o], vi[o], method = method, control = control)
  # Q0 may be undefined.
  t <- tryCatch(
    suppressWarnings(trimfill(fit, estimator = estimator, side = side, control = control)),
    error = function(e) NULL
  )
  if (is.null(t)) return(NULL)
  filled <- seq_len(t$k0) + length(yi)
  list(
    method = method, estimator = estimator, side = side, k0 = t$k0, se_k0 = t$se.k0,
    b = c(t$beta), se = t$se, pval = t$pval, tau2 = t$tau2, QE = t$QE,
    filled_yi = I(c(t$yi)[filled]), filled_vi = I(t$vi[filled])
  )
}

sets <- list()
for (file in list.files("../small_study", full.names = TRUE)) {
  d <- fromJSON(file)
  if (!anyDuplicated(d$yi) || d$dataset == "ext_identical_yi") next
  rows <- list()
  for (method in c("REML", "DL", "EE")) {
    for (estimator in c("L0", "R0", "Q0")) {
      rows <- c(rows, list(fill(d$yi, d$vi, method, estimator)))
    }
  }
  sets[[d$dataset]] <- Filter(Negate(is.null), rows)
}
document <- list(
  program = "metafor 3.8-1, R 4.2.2",
  call = "trimfill(rma(yi[o], vi[o], method=), estimator=, side=), see make.R",
  data_sets = sets
)
writeLines(toJSON(document, auto_unbox = TRUE, digits = NA), "figures.json")
