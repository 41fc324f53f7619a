# The figures of influence_by_method/*.json: Rscript make.R, in this folder. Needs metafor, jsonlite.
library(metafor)
library(jsonlite)
pdf(NULL)  # baujat() draws

figures <- function(name, yi, vi, methods) {
  # To convergence: the default threshold is an absolute 1e-5, that of roots 1.2e-4.
  control <- list(threshold = 1e-13 * median(vi), tol = 1e-15 * median(vi), maxiter = 10000)
  blocks <- list()
  for (method in methods) {
    for (test in c("z", "knha", "adhoc")) {
      fit <- rma(yi, vi, method = method, test = test, control = control)
      found <- influence(fit)
      plotted <- baujat(fit, xlim = 0:1, ylim = 0:1)  # its own fail at Inf
      deleted <- rstudent(fit)
      blocks[[length(blocks) + 1]] <- c(
        list(method = unbox(method), test = unbox(test)),
        unclass(found$inf)[1:8],
        list(dfbs = found$dfbs$intrcpt, inf = found$is.infl),
        list(rstudent_resid = deleted$resid, rstudent_se = deleted$se),
        list(baujat_x = plotted$x, baujat_y = plotted$y)
      )
    }
  }
  program <- sprintf("metafor %s, R %s", packageDescription("metafor")$Version, getRversion())
  content <- list(dataset = unbox(name), program = unbox(program), yi = yi, vi = vi,
                  influence = blocks)
  writeLines(as.character(toJSON(content, digits = I(17), na = "string")), paste0(name, ".json"))
}

every <- c("EE", "DL", "REML", "ML", "PM", "EB", "SJ", "HS", "HE")
bcg <- fromJSON("../influence/bcg.json")
figures("bcg", bcg$yi, bcg$vi, every)
figures("two_studies", c(0.1, 0.9), c(0.02, 0.05), c("REML", "EE"))
# Without the third, the others are equal: a Knapp-Hartung factor of 0.
figures("two_of_three_equal", c(0.5, 0.5, 0.9), c(0.02, 0.05, 0.1), c("REML", "DL"))
