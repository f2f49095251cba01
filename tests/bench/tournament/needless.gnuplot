# Draws what being quick costs on ordinary days:  gnuplot -c needless.gnuplot DIR lab|shipped
dir = ARG1; rates = ARG2
set datafile separator "\t"
set terminal svg size 900,680 dynamic font "sans,12" background "white"
set output sprintf("%s/%s-needless.svg", dir, rates)
set title sprintf("All hubs silent: how soon calls are away, and what that costs on ordinary days (20 sites, %s rates)", rates) noenhanced
set logscale xy
set xlabel "seconds until calls are away, median"
set ylabel "needless moves a site-year: seen, and 95 % bound"
set grid lc "gray85"
unset key
points = sprintf("%s/%s-needless.dat", dir, rates)
least(x) = x < 0.1 ? 0.1 : x
set xrange [0.1:500]
plot points skip 1 using 4:(least($2)):(least($2)):3 with yerrorbars pt 0 lc "gray60", \
     points skip 1 using 4:(least($2)) with points pt 7 lc "#0060a0", \
     points skip 1 using 4:(least($2)):1 with labels offset char 0,1 noenhanced
