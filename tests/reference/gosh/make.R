# The figures of gosh/*.json: Rscript make.R, in this folder. Needs metafor and jsonlite.
library(metafor)
library(jsonlite)

figures <- function(name, studies) {
  inputs <- fromJSON(sprintf("../influence/%s.json", name))
  yi <- inputs$yi[studies]
  vi <- inputs$vi[studies]
  runs <- lapply(c("REML", "DL", "EE"), function(method) {
    # REML to convergence: the default threshold is an absolute 1e-5.
    control <- list(threshold = 1e-14 * median(vi), maxiter = 10000)
    found <- gosh(rma(yi, vi, method = method, control = control), progbar = FALSE)
    # Who is in a subset, as the binary number whose bit i - 1 is study i.
    code <- as.vector(found$incl %*% 2^(seq_along(yi) - 1))
    order <- order(code)
    c(list(method = method, code = code[order]), as.list(found$res[order, ]))
  })
  program <- sprintf("metafor %s on R %s", packageDescription("metafor")$Version, getRversion())
  head <- list(dataset = name, studies = studies, program = program, yi = yi, vi = vi)
  scalars <- lapply(head[c("dataset", "program")], unbox)
  runs <- lapply(runs, function(run) modifyList(run, list(method = unbox(run$method))))
  content <- c(modifyList(head, scalars), list(gosh = runs))
  text <- toJSON(content, digits = I(17))
  writeLines(as.character(text), sprintf("%s.json", name))
}

figures("bcg", 1:8)
figures("franchini2012", 1:7)
